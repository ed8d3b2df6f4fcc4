//! What can keep a view from being materialized, or from being compared with its source.

use crate::codec::RowError;
use crate::offline::OfflineError;
use crate::online::OnlineError;
use crate::time::{Timestamp, format_timestamp};
use crate::view::KeyLengthError;

/// A view that can't be materialized, or compared with its source.
#[derive(Debug, thiserror::Error)]
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
    /// The online store did not do what it was asked to.
    #[error(transparent)]
    Online(#[from] OnlineError),
    /// The offline store did not do what it was asked to.
    #[error(transparent)]
    Offline(Box<OfflineError>),
    /// A key with another number of values than its view has join keys.
    #[error(transparent)]
    KeyLength(#[from] KeyLengthError),
    /// A view whose source can't be read as its online rows were.
    #[error("view `{view}` can't be compared with its source: {error}")]
    NotCompared {
        /// The view.
        view: &'static str,
        /// Why reading it failed.
        #[source]
        error: Box<MaterializeError>,
    },
    /// A row that was made to be compared, and can't be read.
    #[error("the row of view `{view}` at {address}: {error}")]
    Row {
        /// The view.
        view: &'static str,
        /// The entity's address.
        address: String,
        /// What is wrong with it.
        #[source]
        error: Box<RowError>,
    },
}

impl From<OfflineError> for MaterializeError {
    fn from(error: OfflineError) -> Self {
        Self::Offline(Box::new(error))
    }
}
