//! What a training set is made of: how many rows each feature has found, and how old they are.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::OfflineError;
use crate::offline::duckdb::plan::Plan;
use crate::offline::duckdb::search::table;
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::source::columns::nanos_to_micros;
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
    #[serde(rename = "seconds", serialize_with = "seconds")]
    took: Duration,
}

/// What a training set has of one feature. The four counts are as many as there are rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeatureReport {
    name: &'static str,
    view: &'static str,
    found: u64,
    null: u64,
    expired: u64,
    missing: u64,
    default: bool,
    #[serde(serialize_with = "some_time")]
    oldest: Option<Timestamp>,
    #[serde(serialize_with = "some_time")]
    newest: Option<Timestamp>,
    #[serde(rename = "largest_age_seconds", serialize_with = "some_seconds")]
    largest_age: Option<Duration>,
}

impl TrainingReport {
    pub(super) fn new(
        service: &'static str,
        path: Option<PathBuf>,
        rows: u64,
        features: Vec<FeatureReport>,
        took: Duration,
    ) -> Self {
        Self {
            service,
            path,
            rows,
            features,
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

    /// How long it took, checks included.
    #[must_use]
    pub const fn took(&self) -> Duration {
        self.took
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

impl Plan {
    /// Counts what was found, from the tables of the searches.
    pub(super) fn report(
        &self,
        session: &Session,
        rows: u64,
    ) -> Result<Vec<FeatureReport>, OfflineError> {
        let failure = |error| OfflineError::query("counting what was found", &error);
        let mut reports = Vec::with_capacity(self.service.features().len());
        let mut views = Vec::with_capacity(self.views.len());
        for view in &self.views {
            let group = view.group;
            let places = || view.columns.iter().flatten();
            let rows = if view.rule.ttl_micros().is_some() {
                // Once per row, rather than once per number.
                let live = self.live(view);
                let live = |column: &str| format!("CASE WHEN {live} THEN g{group}.{column} END");
                // Columns of a view may be one of the source.
                let mut once: Vec<_> = places().collect();
                once.sort_unstable();
                once.dedup();
                let features: String = once
                    .iter()
                    .map(|place| format!(", {} AS f{place}", live(&format!("f{place}"))))
                    .collect();
                format!(
                    "(SELECT e, t, {} AS l{features} FROM {} AS g{group})",
                    live("e"),
                    table(group)
                )
            } else {
                format!("(SELECT *, e AS l FROM {})", table(group))
            };
            let mut output = vec!["count(e)".to_owned(), "count(l)".to_owned()];
            let ages = ["min(l)", "max(l)", "max(t - l)"].map(|number| {
                if self.groups[group].rule.is_nanos() {
                    nanos_to_micros(number)
                } else {
                    number.to_owned()
                }
            });
            output.extend(ages);
            output.extend(places().map(|place| format!("count(f{place})")));
            let output: Vec<String> = output
                .iter()
                .map(|number| format!("CAST({number} AS VARCHAR)"))
                .collect();
            let sql = format!("SELECT {} FROM {rows}", output.join(", "));
            views.push(session.texts(&sql, &Params::default()).map_err(failure)?);
        }
        for feature in self.service.features() {
            let (Some(view), Some(texts)) =
                (self.views.get(feature.view()), views.get(feature.view()))
            else {
                continue;
            };
            let number = |index: usize| {
                let text = texts.get(index)?.as_ref()?;
                text.parse::<i64>().ok()
            };
            let count = |index: usize| number(index).map_or(0, i64::unsigned_abs);
            let before = view.columns.iter().take(feature.column()).flatten().count();
            let (matched, live, found) = (count(0), count(1), count(5 + before));
            reports.push(FeatureReport {
                name: feature.name(),
                view: view.view.name(),
                found,
                null: live.saturating_sub(found),
                expired: matched.saturating_sub(live),
                missing: rows.saturating_sub(matched),
                default: feature.default().is_some(),
                oldest: number(2).and_then(Timestamp::from_timestamp_micros),
                newest: number(3).and_then(Timestamp::from_timestamp_micros),
                largest_age: number(4)
                    .and_then(|micros| u64::try_from(micros).ok())
                    .map(Duration::from_micros),
            });
        }
        Ok(reports)
    }
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
