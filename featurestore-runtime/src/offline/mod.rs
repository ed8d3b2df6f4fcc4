//! The offline store: training sets, joined point in time from the sources by `DuckDB`. Knows
//! declarations, no online store; every type of `DuckDB` stays in here and in `materialize`.

mod candidates;
mod cells;
mod choice;
mod columns;
mod error;
mod explain;
mod finer;
mod historical;
mod join;
mod keys;
mod order;
mod output;
mod pages;
mod plan;
mod progress;
mod query;
mod relation;
mod report;
mod scan;
mod search;
mod session;
mod settings;
mod sorted;
mod source;
mod spill;
mod spine;
mod sql;
mod staging;
mod stop;
mod times;
mod training;

pub use error::OfflineError;
pub use explain::{
    Explain, ExplainedFeature, Explanation, LostRow, Place, Reason, SourceRow, ViewExplanation,
};
pub use historical::{Historical, HistoricalJoin};
pub use progress::Progress;
pub use report::{FeatureReport, TrainingReport};
pub use settings::{OfflineSettings, Search};
pub use spine::Spine;
pub use training::{TrainingBatches, TrainingRow, TrainingRows};

pub(crate) use candidates::bound;
pub(crate) use cells::{CellError, Cells, instant};
pub(crate) use columns::{SourceColumn, cast, is_nanos, nanos_to_micros, time};
#[cfg(feature = "cli")]
pub(crate) use explain::span_text;
pub(crate) use order::{Order, Units, with_units};
pub(crate) use output::{Unfinished, refused, write_query};
pub(crate) use progress::Observer;
pub(crate) use query::TIME_LIMIT;
pub(crate) use relation::{Extent, Relation};
pub(crate) use session::{Session, run};
#[cfg(feature = "cli")]
pub(crate) use source::source_columns;
pub(crate) use source::{ViewRelation, view_relation};
pub(crate) use sql::{Params, quote};
pub(crate) use times::EventTimes;
