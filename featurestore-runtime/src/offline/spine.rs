//! The spine: the entity rows that features are joined onto.

use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use arrow::record_batch::RecordBatch;
use featurestore_schema::FileFormat;

use crate::key::{EntityKey, KeyPart};
use crate::service::{FeatureService, ServiceDefinition, ServiceRequest as _};
use crate::time::{Timestamp, format_timestamp};
use crate::types::Value;

/// The entity rows to join features onto: the join keys of a service, a time per row, and any
/// other columns, which come through untouched.
///
/// The columns of the join keys have the names that the views' `entity` gives them; the time is
/// in `event_timestamp`, or where [`timestamp`](Self::timestamp) says. Times without a zone are
/// UTC. A relative path starts where relative paths of sources do.
#[derive(Debug, Clone)]
#[must_use]
pub struct Spine {
    pub(crate) rows: Rows,
    timestamp: String,
    before: bool,
}

/// Where the rows of a spine are.
#[derive(Debug, Clone)]
pub(crate) enum Rows {
    File(Option<FileFormat>, PathBuf),
    Glob(String),
    Sql(String),
    Values {
        parts: &'static [KeyPart],
        rows: Vec<(Vec<Value>, Timestamp)>,
    },
    Requests {
        service: &'static ServiceDefinition,
        rows: Vec<RequestRow>,
    },
    Batches(Vec<RecordBatch>),
    /// Every entity that has a row by then, at each time.
    Known(Steps),
}

/// Times that are equally far apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Steps {
    first: Timestamp,
    /// The end, which is none of them, and how far they are apart; nothing where there is one time.
    others: Option<(Timestamp, Duration)>,
}

/// Why times are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StepsError {
    #[error("a step of {0:?} is not one or more whole microseconds; give one that is")]
    Step(Duration),
    #[error("there is none from {} until before {}; give an end that is later than the begin", format_timestamp(*.0), format_timestamp(*.1))]
    Empty(Timestamp, Timestamp),
}

impl Steps {
    /// One time.
    pub(crate) const fn at(first: Timestamp) -> Self {
        Self {
            first,
            others: None,
        }
    }

    /// From the begin of `times` every so often, until before its end.
    pub(crate) const fn over(every: Duration, times: &Range<Timestamp>) -> Self {
        Self {
            first: times.start,
            others: Some((times.end, every)),
        }
    }

    /// The first one, their distance and their number, in microseconds.
    pub(crate) fn micros(&self) -> Result<(i64, i64, i64), StepsError> {
        let first = self.first.timestamp_micros();
        let Some((end, every)) = self.others else {
            return Ok((first, 1, 1));
        };
        let is_whole = every.subsec_nanos() % 1000 == 0;
        let step = i64::try_from(every.as_micros()).ok();
        let step = step.filter(|step| is_whole && *step > 0);
        let step = step.ok_or(StepsError::Step(every))?;
        let span = end.timestamp_micros() - first;
        if span <= 0 {
            return Err(StepsError::Empty(self.first, end));
        }
        Ok((first, step, (span - 1) / step + 1))
    }
}

/// An entity, its time, and what its request gives.
#[derive(Debug, Clone)]
pub(crate) struct RequestRow {
    pub(crate) key: Vec<Value>,
    pub(crate) time: Timestamp,
    pub(crate) request: Vec<Option<Value>>,
}

impl Spine {
    /// A Parquet file, or all of those below a folder.
    pub fn parquet(path: impl Into<PathBuf>) -> Self {
        Self::new(Rows::File(Some(FileFormat::Parquet), path.into()))
    }

    /// A file of Parquet, CSV or JSON, told apart by the extension, or all Parquet files below a
    /// folder. The path is taken as it is; [`glob`](Self::glob) takes a pattern.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self::new(Rows::File(None, path.into()))
    }

    /// The files that a pattern matches, as in a declared source: `*`, `?`, `[..]`, and `**` for
    /// any number of folders. They come in the order of their paths.
    pub fn glob(pattern: impl Into<String>) -> Self {
        Self::new(Rows::Glob(pattern.into()))
    }

    /// The result of a query, in `DuckDB`'s SQL.
    pub fn sql(query: impl Into<String>) -> Self {
        Self::new(Rows::Sql(query.into()))
    }

    /// Keys and times from Rust. The keys are those of the service, or of a type that widens to
    /// theirs losslessly.
    pub fn rows<K: EntityKey>(rows: impl IntoIterator<Item = (K, Timestamp)>) -> Self {
        Self::new(Rows::Values {
            parts: K::PARTS,
            rows: rows
                .into_iter()
                .map(|(key, time)| (owned_key(&key), time))
                .collect(),
        })
    }

    /// As [`rows`](Self::rows), each with what the service's `#[request]` fields are.
    pub fn rows_with<S: FeatureService>(
        rows: impl IntoIterator<Item = (S::Key, Timestamp, S::Request)>,
    ) -> Self {
        let service = S::definition();
        let row = |(key, time, request): (S::Key, Timestamp, S::Request)| {
            let request = request.values().into_iter().zip(service.request());
            RequestRow {
                key: owned_key(&key),
                time,
                request: request
                    .map(|(value, field)| Some(value?.to_owned(field.dtype())))
                    .collect(),
            }
        };
        Self::new(Rows::Requests {
            service,
            rows: rows.into_iter().map(row).collect(),
        })
    }

    /// Arrow's record batches, all of one schema.
    pub fn batches(batches: impl IntoIterator<Item = RecordBatch>) -> Self {
        Self::new(Rows::Batches(batches.into_iter().collect()))
    }

    /// Every entity that the service's views have a row of by then, at each of the times.
    pub(crate) fn known(steps: Steps) -> Self {
        Self::new(Rows::Known(steps))
    }

    /// The column that has the rows' times, where it isn't `event_timestamp`.
    pub fn timestamp(mut self, column: impl Into<String>) -> Self {
        self.timestamp = column.into();
        self
    }

    /// Features are of what was known strictly before a row's time, in all views: for rows that are
    /// made of events themselves, which would else be in their own features.
    pub fn before(mut self) -> Self {
        self.before = true;
        self
    }

    fn new(rows: Rows) -> Self {
        Self {
            rows,
            timestamp: "event_timestamp".to_owned(),
            before: false,
        }
    }

    pub(crate) const fn is_before(&self) -> bool {
        self.before
    }

    pub(crate) fn timestamp_column(&self) -> &str {
        &self.timestamp
    }
}

/// The values of a key's parts, in their order.
fn owned_key<K: EntityKey>(key: &K) -> Vec<Value> {
    let parts = key.to_parts();
    let parts = parts.iter().copied().zip(K::PARTS);
    parts
        .map(|(value, part)| value.to_owned(part.dtype()))
        .collect()
}
