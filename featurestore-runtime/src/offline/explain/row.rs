//! Rows that have the key, and the features that come from one of them.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::lookup::Status;
use crate::pit::Reason;
use crate::time::Timestamp;
use crate::types::Value;

/// A row of a view's source that has the key.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceRow {
    pub(crate) event_timestamp: Timestamp,
    pub(crate) created_timestamp: Option<Timestamp>,
    pub(crate) age: Option<Duration>,
    pub(crate) place: Place,
    pub(crate) values: Vec<Option<Value>>,
}

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq)]
pub struct LostRow {
    pub(crate) row: SourceRow,
    pub(crate) reason: Reason,
}

/// Where a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub(crate) file: Option<String>,
    pub(crate) row: u64,
}

/// A feature of the service, and where its value comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedFeature {
    pub(crate) name: &'static str,
    pub(crate) column: Cow<'static, str>,
    pub(crate) value: Option<Value>,
    pub(crate) status: Status,
    pub(crate) from_default: bool,
}

impl SourceRow {
    /// When its values became true; to the nanosecond where the source is.
    #[must_use]
    pub const fn event_timestamp(&self) -> Timestamp {
        self.event_timestamp
    }

    /// When it was written, where the view has a created timestamp and the row has one.
    #[must_use]
    pub const fn created_timestamp(&self) -> Option<Timestamp> {
        self.created_timestamp
    }

    /// How much older than the row's time it is; nothing where it is later.
    #[must_use]
    pub const fn age(&self) -> Option<Duration> {
        self.age
    }

    /// Where it is.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// Its values, in the order of `ViewExplanation::features`, nothing for a null.
    #[must_use]
    pub fn values(&self) -> &[Option<Value>] {
        &self.values
    }
}

impl LostRow {
    /// The row.
    #[must_use]
    pub const fn row(&self) -> &SourceRow {
        &self.row
    }

    /// Why it was not taken.
    #[must_use]
    pub const fn reason(&self) -> &Reason {
        &self.reason
    }
}

impl Place {
    /// The file; nothing where rows come from a query.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The number of the row in its file, from 1; of other sources than Parquet, in the source.
    #[must_use]
    pub const fn row(&self) -> u64 {
        self.row
    }
}

impl ExplainedFeature {
    /// Its name in the service.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The source's column; of a window view what is asked of its events, as in
    /// `sum(amount) window 7d`.
    #[must_use]
    pub fn column(&self) -> &str {
        &self.column
    }

    /// The value that the training row has.
    #[must_use]
    pub const fn value(&self) -> Option<&Value> {
        self.value.as_ref()
    }

    /// What the view had for it: a value, a null, or no row.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// Whether the value is the service's default.
    #[must_use]
    pub const fn is_default(&self) -> bool {
        self.from_default
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(formatter, "row {} of {file}", self.row),
            None => write!(formatter, "row {}", self.row),
        }
    }
}
