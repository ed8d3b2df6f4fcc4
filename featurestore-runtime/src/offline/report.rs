//! What a training set is made of: how many rows each feature has found, and how old they are.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::time::{Timestamp, format_timestamp};

/// What a training set has, feature by feature: how a person sees that a join is sane.
///
/// As JSON it has the same names; durations are in seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrainingReport {
    service: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<PathBuf>,
    rows: u64,
    features: Vec<FeatureReport>,
    rejected: Vec<RejectedRows>,
    same_time: Vec<SameTime>,
    #[serde(rename = "seconds", serialize_with = "seconds")]
    took: Duration,
}

/// Rows of a view's source that no join takes, as a value of theirs is none that the view allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RejectedRows {
    pub(crate) view: &'static str,
    pub(crate) rows: u64,
    pub(crate) rejected: u64,
}

/// Rows of a training set for which a view has something of their own key at their very time: where
/// the rows are made of events themselves, that is the event that is to be foretold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SameTime {
    pub(crate) view: &'static str,
    pub(crate) rows: u64,
}

/// What a training set has of one feature. The four counts are as many as there are rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeatureReport {
    pub(crate) name: &'static str,
    pub(crate) view: &'static str,
    pub(crate) found: u64,
    pub(crate) null: u64,
    pub(crate) expired: u64,
    pub(crate) missing: u64,
    pub(crate) default: bool,
    #[serde(serialize_with = "some_time")]
    pub(crate) oldest: Option<Timestamp>,
    #[serde(serialize_with = "some_time")]
    pub(crate) newest: Option<Timestamp>,
    #[serde(rename = "largest_age_seconds", serialize_with = "some_seconds")]
    pub(crate) largest_age: Option<Duration>,
}

/// What was counted of a training set.
#[derive(Debug, Clone)]
pub(crate) struct Counts {
    pub(crate) features: Vec<FeatureReport>,
    pub(crate) rejected: Vec<RejectedRows>,
    pub(crate) same_time: Vec<SameTime>,
}

impl TrainingReport {
    pub(crate) fn new(
        service: &'static str,
        path: Option<PathBuf>,
        rows: u64,
        counts: Counts,
        took: Duration,
    ) -> Self {
        Self {
            service,
            path,
            rows,
            features: counts.features,
            rejected: counts.rejected,
            same_time: counts.same_time,
            took,
        }
    }

    /// The service.
    #[must_use]
    pub const fn service(&self) -> &'static str {
        self.service
    }

    /// The file; nothing where the rows were asked for themselves.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// How many rows it has: as many as the spine.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// The features, in the service's order.
    #[must_use]
    pub fn features(&self) -> &[FeatureReport] {
        &self.features
    }

    /// The views whose sources have rows that are rejected: a null where the feature may not be null,
    /// a text that its enum doesn't know, a value that violates a check. They count as not there,
    /// for training as for serving.
    #[must_use]
    pub fn rejected(&self) -> &[RejectedRows] {
        &self.rejected
    }

    /// The views that have a row, or an event that a window can hold, of the row's own key at the row's
    /// very time, and for how many rows. It counts for them, unless the spine asks for
    /// what was [before](crate::Spine::before).
    #[must_use]
    pub fn same_time(&self) -> &[SameTime] {
        &self.same_time
    }

    /// How long it took, checks included.
    #[must_use]
    pub const fn took(&self) -> Duration {
        self.took
    }
}

impl RejectedRows {
    /// The view.
    #[must_use]
    pub const fn view(&self) -> &'static str {
        self.view
    }

    /// How many rows its source has.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// How many of them are rejected.
    #[must_use]
    pub const fn rejected(&self) -> u64 {
        self.rejected
    }
}

impl SameTime {
    /// The view.
    #[must_use]
    pub const fn view(&self) -> &'static str {
        self.view
    }

    /// For how many rows.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }
}

impl FeatureReport {
    /// The feature's name in the service.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The view that it is from.
    #[must_use]
    pub const fn view(&self) -> &'static str {
        self.view
    }

    /// In how many rows it has a value of the source.
    #[must_use]
    pub const fn found(&self) -> u64 {
        self.found
    }

    /// For how many rows the source has a row, in which it is null.
    #[must_use]
    pub const fn null(&self) -> u64 {
        self.null
    }

    /// For how many rows the latest row of the source was older than the view's TTL.
    #[must_use]
    pub const fn expired(&self) -> u64 {
        self.expired
    }

    /// For how many rows the source has no row: none of that entity, or none up to that time.
    #[must_use]
    pub const fn missing(&self) -> u64 {
        self.missing
    }

    /// Whether the service's default stands where it was not found; else a null does.
    #[must_use]
    pub const fn has_default(&self) -> bool {
        self.default
    }

    /// The event time of the oldest row that was used.
    #[must_use]
    pub const fn oldest(&self) -> Option<Timestamp> {
        self.oldest
    }

    /// The event time of the newest row that was used.
    #[must_use]
    pub const fn newest(&self) -> Option<Timestamp> {
        self.newest
    }

    /// The longest time from the event time of a row that was used to the entity row's.
    #[must_use]
    pub const fn largest_age(&self) -> Option<Duration> {
        self.largest_age
    }
}

/// Whether `valid` of `rows` are at least so large a share.
pub(crate) fn is_share(valid: u64, rows: u64, share: f64) -> bool {
    // A share needs no more digits than f64 has.
    #[allow(clippy::cast_precision_loss)]
    let (valid, rows) = (valid as f64, rows as f64);
    valid >= share * rows
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

fn some_seconds<S: Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    duration
        .map(|duration| duration.as_secs_f64())
        .serialize(serializer)
}

fn some_time<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(format_timestamp).serialize(serializer)
}
