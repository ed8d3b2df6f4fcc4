//! The offline store: training sets, joined point in time from the sources by `DuckDB`. Knows
//! declarations, no online store; every type of `DuckDB` stays in here and in `materialize`.

mod cells;
mod columns;
mod error;
mod historical;
mod output;
mod plan;
mod query;
mod relation;
mod session;
mod settings;
mod spine;
mod training;

pub use error::OfflineError;
pub use historical::{Historical, HistoricalJoin};
pub use output::{FeatureReport, TrainingReport};
pub use settings::OfflineSettings;
pub use spine::Spine;
pub use training::TrainingRow;

pub(crate) use cells::{CellError, Cells, instant};
pub(crate) use columns::{cast, is_nanos, nanos_to_micros, time};
#[cfg(feature = "cli")]
pub(crate) use plan::source_columns;
pub(crate) use plan::{ViewRelation, view_relation};
pub(crate) use query::TIME_LIMIT;
pub(crate) use relation::Params;
pub(crate) use session::{Session, run};
