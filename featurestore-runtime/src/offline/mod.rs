//! The offline store: training sets, joined point in time from the sources by `DuckDB`. Knows
//! declarations, no online store; every type of `DuckDB` stays in here and in `materialize`.

mod cells;
mod duckdb;
mod error;
mod explain;
mod historical;
mod output;
mod pages;
mod progress;
mod report;
mod settings;
mod spine;
mod training;

pub use crate::pit::Reason;
pub use error::OfflineError;
pub use explain::{
    Explain, ExplainedFeature, Explanation, LostRow, Place, SourceRow, ViewExplanation,
};
pub use historical::{Historical, HistoricalJoin};
pub use progress::Progress;
pub use report::{FeatureReport, TrainingReport};
pub use settings::{OfflineSettings, Search};
pub use spine::Spine;
pub use training::{TrainingBatches, TrainingRow, TrainingRows};

#[cfg(feature = "cli")]
pub(crate) use crate::pit::span_text;
pub(crate) use cells::{CellError, Cells, instant};
pub(crate) use duckdb::latest;
pub(crate) use duckdb::rule::RuleSql;
pub(crate) use duckdb::session::sql::Params;
pub(crate) use duckdb::session::{Session, run};
#[cfg(feature = "cli")]
pub(crate) use duckdb::source::source_columns;
pub(crate) use duckdb::source::{ViewRelation, view_relation};
pub(crate) use output::{Unfinished, refused, write_query};
pub(crate) use progress::Observer;
