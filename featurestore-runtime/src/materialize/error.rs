//! What can keep a view from being materialized, beside its source and the online store.

use crate::time::{Timestamp, format_timestamp};

/// A materialization that can't be done as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MaterializeError {
    /// The end lies before what the view is materialized up to: the online store has newer rows,
    /// and would not be as of that end.
    #[error(
        "view `{view}` is materialized up to {} already, and this run would end before, at {}; name a later end, or none. To go back, delete the project's online rows first",
        format_timestamp(*watermark),
        format_timestamp(*until)
    )]
    BeforeWatermark {
        /// The view.
        view: &'static str,
        /// What it is materialized up to.
        watermark: Timestamp,
        /// The end.
        until: Timestamp,
    },
    /// The store's clock is behind what the view is materialized up to.
    #[error(
        "view `{view}` is materialized up to {} already, and the store's clock says that it is {}; set the clock right, or wait until it is past that. If it was ahead before, delete the project's online rows and materialize again",
        format_timestamp(*watermark),
        format_timestamp(*now)
    )]
    ClockBehind {
        /// The view.
        view: &'static str,
        /// What it is materialized up to.
        watermark: Timestamp,
        /// What the clock says.
        now: Timestamp,
    },
    /// An interval that no time is in.
    #[error(
        "nothing lies between {} and {}; name a start before the end, which is no later than the store's clock",
        format_timestamp(*from),
        format_timestamp(*until)
    )]
    EmptyInterval {
        /// The start.
        from: Timestamp,
        /// The end.
        until: Timestamp,
    },
    /// Settings that don't go together.
    #[error("{0}")]
    Settings(&'static str),
}
