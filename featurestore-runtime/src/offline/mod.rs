//! The offline store: training sets, joined point in time from the sources by `DuckDB`. Knows
//! declarations, no online store; every type of `DuckDB` stays in here and in `materialize`.

mod cells;
mod columns;
mod error;
mod explain;
mod historical;
mod output;
mod plan;
mod progress;
mod query;
mod relation;
mod session;
mod spill;
mod spine;
mod stop;
mod training;

pub use error::OfflineError;
pub use explain::{
    Explain, ExplainedFeature, Explanation, LostRow, Place, Reason, SourceRow, ViewExplanation,
};
pub use historical::{Historical, HistoricalJoin};
pub use output::{FeatureReport, TrainingReport};
pub use progress::Progress;
pub use spine::Spine;
pub use training::TrainingRow;

pub(crate) use cells::{CellError, Cells, instant};
pub(crate) use columns::{cast, is_nanos, nanos_to_micros, time};
#[cfg(feature = "cli")]
pub(crate) use explain::span_text;
#[cfg(feature = "cli")]
pub(crate) use plan::source_columns;
pub(crate) use plan::{ViewRelation, view_relation};
pub(crate) use progress::Observer;
pub(crate) use query::TIME_LIMIT;
pub(crate) use relation::Params;
pub(crate) use session::{OfflineSettings, Session, run};
