//! The spine: the entity rows that features are joined onto.

use std::path::PathBuf;

use arrow::record_batch::RecordBatch;
use featurestore_schema::FileFormat;

use crate::key::{EntityKey, KeyPart};
use crate::time::Timestamp;
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
    Batches(Vec<RecordBatch>),
    /// Every entity that has a row at the time.
    Known(Timestamp),
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
        let owned = |key: &K| -> Vec<Value> {
            let parts = key.to_parts();
            let dtypes = K::PARTS.iter().map(KeyPart::dtype);
            parts
                .iter()
                .copied()
                .zip(dtypes)
                .map(|(value, dtype)| value.to_owned(dtype))
                .collect()
        };
        Self::new(Rows::Values {
            parts: K::PARTS,
            rows: rows
                .into_iter()
                .map(|(key, time)| (owned(&key), time))
                .collect(),
        })
    }

    /// Arrow's record batches, all of one schema.
    pub fn batches(batches: impl IntoIterator<Item = RecordBatch>) -> Self {
        Self::new(Rows::Batches(batches.into_iter().collect()))
    }

    /// Every entity that the service's views have a row of at `at`, each once, at that time.
    pub(crate) fn known(at: Timestamp) -> Self {
        Self::new(Rows::Known(at))
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
