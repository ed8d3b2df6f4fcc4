//! The offline store: training sets, joined point in time from the sources, explanations of their
//! rows, and the latest rows for materialization. It asks an engine (`OfflineEngine`) and names
//! none: what names `DuckDB` is in its folder. Knows declarations and the candidate rule, no store.

mod cells;
mod drift;
pub(crate) mod duckdb;
mod engine;
mod error;
mod events;
mod explain;
mod historical;
mod output;
mod pages;
mod progress;
mod report;
mod settings;
mod spine;
mod training;
mod typed;

pub use crate::pit::Reason;
pub use error::{BoxError, OfflineError};
pub use explain::{
    Explain, ExplainedFeature, ExplainedWindow, Explanation, LostRow, Outside, Place, SourceRow,
    ViewExplanation,
};
pub use historical::{Historical, HistoricalJoin};
pub use progress::Progress;
pub use report::{FeatureReport, RejectedRows, SameTime, TrainingReport};
pub use settings::{OfflineSettings, Search};
pub use spine::Spine;
pub use training::{TrainingBatches, TrainingRow, TrainingRows};

pub(crate) use cells::{CellError, Cells, instant, value_or_fault};
pub(crate) use drift::drift;
pub(crate) use engine::events;
pub(crate) use engine::{
    EXAMPLES, Latest, LatestColumn, LatestPages, LatestPart, LatestRows, Lines, OfflineEngine,
    latest,
};
pub(crate) use events::{EventBatch, EventRows, EventsOf, Rejected};
pub(crate) use output::{Unfinished, unwritten};
pub(crate) use progress::Observer;
pub(crate) use report::is_share;
pub(crate) use spine::Steps;
pub(crate) use typed::TypedColumns;
