//! `explain`: which row of its source each value of one training row came from, and why the
//! others lost. An engine reads the rows of the key, the rule's evaluator decides.

mod decide;
mod key_rows;
mod row;

use std::future::IntoFuture;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::OfflineError;
use super::engine::OfflineEngine;
use crate::lookup::Status;
use crate::service::ServiceDefinition;
use crate::time::Timestamp;
use crate::types::Value;
use crate::view::ViewDefinition;

pub(crate) use key_rows::{ExactRow, KeyRows, RowsOfKey, ViewKey};
pub use row::{ExplainedFeature, LostRow, Place, SourceRow};

/// How many rows that lost are shown on each side of the row's time.
const CANDIDATES: u64 = 5;

/// An explanation that is being asked for; `.await` makes it.
#[derive(Debug)]
#[must_use = "nothing is explained before `.await`"]
pub struct Explain {
    engine: Arc<dyn OfflineEngine>,
    service: &'static ServiceDefinition,
    key: Vec<Value>,
    at: Timestamp,
    candidates: u64,
}

/// Where the values of one training row come from: of each view of a service, the row that the
/// point-in-time join takes for a key and a time, and the rows that it does not take.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    service: &'static str,
    keys: Vec<(&'static str, Value)>,
    at: Timestamp,
    views: Vec<ViewExplanation>,
}

/// What one view has for a key and a time.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewExplanation {
    view: &'static str,
    source: String,
    status: Status,
    winner: Option<SourceRow>,
    lost: Vec<LostRow>,
    features: Vec<ExplainedFeature>,
    rows: u64,
    without_time: u64,
    event_times: Option<(Timestamp, Timestamp)>,
    source_times: Option<(Timestamp, Timestamp)>,
}

impl Explain {
    pub(crate) const fn new(
        engine: Arc<dyn OfflineEngine>,
        service: &'static ServiceDefinition,
        key: Vec<Value>,
        at: Timestamp,
    ) -> Self {
        Self {
            engine,
            service,
            key,
            at,
            candidates: CANDIDATES,
        }
    }

    /// How many of the rows that lost are shown: at most so many from before the row's time, and
    /// as many from after it. 5, if not set.
    pub fn candidates(mut self, most: u64) -> Self {
        self.candidates = most;
        self
    }
}

impl IntoFuture for Explain {
    type Output = Result<Explanation, OfflineError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    /// # Errors
    ///
    /// A key of another dtype or with too few values; a time beyond what can be compared (some
    /// 126,000 years); and what keeps a training set from being made: a source that is not there,
    /// can't be read, or lacks a column, or a column of another type than the declared one.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(decide::explain(self))
    }
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
    fn of(view: &'static ViewDefinition, source: String) -> Self {
        Self {
            view: view.name(),
            source,
            status: Status::Missing,
            winner: None,
            lost: Vec::new(),
            features: Vec::new(),
            rows: 0,
            without_time: 0,
            event_times: None,
            source_times: None,
        }
    }
}
