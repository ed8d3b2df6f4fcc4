//! What can keep a view from being materialized, or from being compared with its source.

use crate::codec::{Reason, RowError};
use crate::offline::OfflineError;
use crate::online::OnlineError;
use crate::store::Superseded;
use crate::time::{Timestamp, format_timestamp};
use crate::view::{KeyLengthError, ViewDefinition};

/// A view that can't be materialized, or compared with its source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MaterializeError {
    /// The end lies before what the view is materialized up to: the online store has newer rows,
    /// and would not be as of that end.
    #[error(
        "view `{view}` is materialized up to {} already, and this run would end before, at {}; name a later end, or none. To go back, delete the view's online rows first (`online delete`); `--reset-watermark` goes back with the watermark alone, and newer rows stay",
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
    /// The store's clock is behind what the view is materialized up to, by more than clocks may differ.
    #[error(
        "view `{view}` is materialized up to {} already, and the store's clock says that it is {}; set the clock right. If another was ahead before, take all rows once (`materialize {view}`, or with `--reset-watermark`), which leaves a watermark of now",
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
    /// Every row that was read was rejected, so nothing was written.
    #[error(
        "view `{view}`: all {rejected} rows that were read are rejected, so nothing was written and the watermark stays; mend the source, or what the view declares of it. For one, {example}"
    )]
    NothingValid {
        /// The view.
        view: &'static str,
        /// How many rows there were.
        rejected: u64,
        /// One of them.
        example: String,
    },
    /// A row was rejected, where none may be.
    #[error(
        "view `{view}`: {rejected} of {read} rows are rejected, and a strict run allows none; nothing of the view was written. For one, {example}"
    )]
    Rejected {
        /// The view.
        view: &'static str,
        /// How many rows were read.
        read: u64,
        /// How many of them were rejected.
        rejected: u64,
        /// One of them.
        example: String,
    },
    /// The online store lost what a run wrote, while it wrote.
    #[error(
        "view `{view}`: {location} has lost {what}, so the watermark is gone and the next run takes all; see that it evicts nothing (`maxmemory-policy noeviction`) and that nobody deletes while a run writes, then run it again"
    )]
    Lost {
        /// The view.
        view: &'static str,
        /// The store's address.
        location: String,
        /// What is not there any more.
        what: &'static str,
    },
    /// A newer build writes the view's rows with another layout.
    #[error(
        "view `{view}`: a newer build writes its rows with layout {newest}, which came after layout {own} of this one, so this one leaves them alone; end it, or to go back to it take over once (`materialize {view} --take-over`)"
    )]
    Superseded {
        /// The view.
        view: &'static str,
        /// The schema id of this build's layout, in hex.
        own: String,
        /// That of the newest layout.
        newest: String,
    },
    /// The online store may evict rows, which a strict run refuses.
    #[error(
        "{location} may evict rows, as {reason}; set `maxmemory-policy noeviction`, or leave out `strict`"
    )]
    Evicts {
        /// The store's address.
        location: String,
        /// How it is known.
        reason: String,
    },
    /// The online store may evict states, which would be taken for entities without events.
    #[error(
        "view `{view}`: {location} may evict states, as {reason}, and an entity whose state is gone would count as one without events; set `maxmemory-policy noeviction`"
    )]
    EvictsStates {
        /// The view.
        view: &'static str,
        /// The store's address.
        location: String,
        /// How it is known.
        reason: String,
    },
    /// An entity of which no state can be made.
    #[error("view `{view}`: the state of {address}: {reason}")]
    State {
        /// The view.
        view: &'static str,
        /// The entity's address.
        address: String,
        /// Why not.
        #[source]
        reason: Reason,
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

impl MaterializeError {
    pub(super) fn superseded(
        view: &ViewDefinition,
        Superseded { own, newest }: Superseded,
    ) -> Self {
        let view = view.name();
        Self::Superseded { view, own, newest }
    }
}

impl From<OfflineError> for MaterializeError {
    fn from(error: OfflineError) -> Self {
        Self::Offline(Box::new(error))
    }
}
