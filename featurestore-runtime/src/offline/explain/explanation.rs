//! An explanation: of each view of a service, what it has for a key and a time.

use super::row::{ExplainedFeature, LostRow, SourceRow};
use super::window::ExplainedWindow;
use crate::lookup::Status;
use crate::time::Timestamp;
use crate::types::Value;
use crate::view::ViewDefinition;

/// Where the values of one training row come from: of each view of a service, the row that the
/// point-in-time join takes for a key and a time, and the rows that it does not take.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    pub(super) service: &'static str,
    pub(super) keys: Vec<(&'static str, Value)>,
    pub(super) at: Timestamp,
    pub(super) views: Vec<ViewExplanation>,
}

/// What one view has for a key and a time.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewExplanation {
    pub(super) view: &'static str,
    pub(super) source: String,
    pub(super) status: Status,
    pub(super) winner: Option<SourceRow>,
    pub(super) lost: Vec<LostRow>,
    pub(super) features: Vec<ExplainedFeature>,
    pub(super) windows: Vec<ExplainedWindow>,
    pub(super) rows: u64,
    pub(super) without_time: u64,
    pub(super) event_times: Option<(Timestamp, Timestamp)>,
    pub(super) source_times: Option<(Timestamp, Timestamp)>,
}

impl Explanation {
    /// The service's name.
    #[must_use]
    pub const fn service(&self) -> &'static str {
        self.service
    }

    /// The join keys' names and values.
    #[must_use]
    pub fn keys(&self) -> &[(&'static str, Value)] {
        &self.keys
    }

    /// The row's time.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// The views, in the service's order.
    #[must_use]
    pub fn views(&self) -> &[ViewExplanation] {
        &self.views
    }
}

impl ViewExplanation {
    /// The view's name.
    #[must_use]
    pub const fn view(&self) -> &'static str {
        self.view
    }

    /// The file, glob or query that was read.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// `Found` where a row won, `Expired` where the latest one is older than the TTL allows,
    /// `Missing` where none was known.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// The row that the values come from.
    #[must_use]
    pub const fn winner(&self) -> Option<&SourceRow> {
        self.winner.as_ref()
    }

    /// Rows of the key that were not taken, the latest first: those nearest to the row's time.
    #[must_use]
    pub fn lost(&self) -> &[LostRow] {
        &self.lost
    }

    /// The service's features of this view.
    #[must_use]
    pub fn features(&self) -> &[ExplainedFeature] {
        &self.features
    }

    /// What the windows of its features hold, in the features' order, where it is a window view: such
    /// a view has no row that wins.
    #[must_use]
    pub fn windows(&self) -> &[ExplainedWindow] {
        &self.windows
    }

    /// How many rows of the source have the key.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// How many of them no join ever sees, as their event time is null or infinite.
    #[must_use]
    pub const fn without_time(&self) -> u64 {
        self.without_time
    }

    /// The first and the last event time of the key's rows.
    #[must_use]
    pub const fn event_times(&self) -> Option<(Timestamp, Timestamp)> {
        self.event_times
    }

    /// The first and the last event time of the whole source, where no row has the key.
    #[must_use]
    pub const fn source_times(&self) -> Option<(Timestamp, Timestamp)> {
        self.source_times
    }
}

impl ViewExplanation {
    pub(super) fn of(view: &'static ViewDefinition, source: String) -> Self {
        Self {
            view: view.name(),
            source,
            status: Status::Missing,
            winner: None,
            lost: Vec::new(),
            features: Vec::new(),
            windows: Vec::new(),
            rows: 0,
            without_time: 0,
            event_times: None,
            source_times: None,
        }
    }
}
