//! What a feature's window holds of a key's events, and which it does not hold.

use std::fmt;

use super::row::SourceRow;
use crate::pit::Rejected;
use crate::time::{Timestamp, format_timestamp};

/// What the window of a feature holds.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedWindow {
    pub(super) name: &'static str,
    pub(super) after: Option<Timestamp>,
    pub(super) until: Timestamp,
    pub(super) events: u64,
    pub(super) first: Option<SourceRow>,
    pub(super) last: Option<SourceRow>,
    pub(super) outside: Vec<(SourceRow, Outside)>,
}

/// Why a row of the key is not counted.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Outside {
    /// Its event is not after the window's start.
    TooOld,
    /// Its event is after the window's end.
    TooNew,
    /// It is first known at a later time, since its source settles or was late.
    NotKnown {
        /// The first time at which it is.
        known_from: Timestamp,
    },
    /// A newer row of its event stands in its place.
    Replaced,
    /// Its event was taken back.
    Deleted,
    /// The feature's filter does not hold of it.
    Filtered,
    /// The column that is aggregated is null in it.
    Null,
    /// One of its values is none that its source allows.
    Rejected(Rejected),
}

impl ExplainedWindow {
    /// The feature's name in the service.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The window's start, which is not in it; nothing where it has none.
    #[must_use]
    pub const fn after(&self) -> Option<Timestamp> {
        self.after
    }

    /// The window's end, which is in it.
    #[must_use]
    pub const fn until(&self) -> Timestamp {
        self.until
    }

    /// How many events are counted.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// The first event that is counted.
    #[must_use]
    pub const fn first(&self) -> Option<&SourceRow> {
        self.first.as_ref()
    }

    /// The last one.
    #[must_use]
    pub const fn last(&self) -> Option<&SourceRow> {
        self.last.as_ref()
    }

    /// Rows of the key that are not counted, the latest first: those nearest to the window's ends,
    /// and the latest between them.
    #[must_use]
    pub fn outside(&self) -> &[(SourceRow, Outside)] {
        &self.outside
    }
}

impl Outside {
    /// A word for programs.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::TooOld => "too_old",
            Self::TooNew => "too_new",
            Self::NotKnown { .. } => "not_known",
            Self::Replaced => "replaced",
            Self::Deleted => "deleted",
            Self::Filtered => "filtered",
            Self::Null => "null",
            Self::Rejected(_) => "rejected",
        }
    }
}

impl fmt::Display for Outside {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooOld => formatter.write_str("not after the window's start"),
            Self::TooNew => formatter.write_str("after the window's end"),
            Self::NotKnown { known_from } => {
                let from = format_timestamp(*known_from);
                write!(formatter, "not known before {from}")
            }
            Self::Replaced => formatter.write_str("a newer row of the event counts"),
            Self::Deleted => formatter.write_str("the event was taken back"),
            Self::Filtered => formatter.write_str("the filter does not hold"),
            Self::Null => formatter.write_str("the column is null"),
            Self::Rejected(rejected) => write!(formatter, "rejected: {rejected}"),
        }
    }
}
