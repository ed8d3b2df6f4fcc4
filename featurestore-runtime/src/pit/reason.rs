//! Why a row is not taken.

use std::fmt;
use std::time::Duration;

use super::Rejected;
use crate::time::{Timestamp, format_span, format_timestamp};

/// Why a row of the key is not the one that a training row's values come from. What is said of
/// times is exact, to the nanosecond where the source is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// One of its join keys, or of those that are asked for, is null.
    NullKey,
    /// It is another entity's.
    OtherKey,
    /// Its event time is null, infinite, or beyond what can be compared.
    NoTime,
    /// Its event time is after the training row's time.
    After {
        /// By how much.
        by: Duration,
    },
    /// Its event time is not after the training row's, its settling delay ends after it.
    NotSettled {
        /// The first time at which it is taken.
        known_from: Timestamp,
    },
    /// It was created after the time that was to be known at.
    CreatedAfter {
        /// By how much.
        by: Duration,
    },
    /// One of its values is none that the view allows, so it is online neither.
    Rejected(Rejected),
    /// It is older than the view's TTL allows.
    Expired {
        /// By how much.
        by: Duration,
    },
    /// The winner's event time is later.
    Older {
        /// By how much.
        by: Duration,
    },
    /// The winner has the same event time, and was created later.
    CreatedEarlier {
        /// By how much; nothing where this row has no created time, which is the lowest.
        by: Option<Duration>,
    },
    /// The winner has the same times, and comes later in the source.
    EarlierInSource,
}

impl Reason {
    /// A word for programs.
    #[cfg(all(feature = "cli", feature = "duckdb"))]
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::NullKey => "null_key",
            Self::OtherKey => "other_key",
            Self::NoTime => "no_time",
            Self::After { .. } => "after",
            Self::NotSettled { .. } => "not_settled",
            Self::CreatedAfter { .. } => "created_after",
            Self::Rejected(_) => "rejected",
            Self::Expired { .. } => "expired",
            Self::Older { .. } => "older",
            Self::CreatedEarlier { .. } => "created_earlier",
            Self::EarlierInSource => "earlier_in_source",
        }
    }

    /// The span of time that decided, where there is one.
    #[cfg(all(feature = "cli", feature = "duckdb"))]
    pub(crate) const fn by(&self) -> Option<Duration> {
        match self {
            Self::After { by }
            | Self::CreatedAfter { by }
            | Self::Expired { by }
            | Self::Older { by } => Some(*by),
            Self::CreatedEarlier { by } => *by,
            Self::NullKey
            | Self::OtherKey
            | Self::NoTime
            | Self::NotSettled { .. }
            | Self::Rejected(_)
            | Self::EarlierInSource => None,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NullKey => formatter.write_str("a join key is null, which matches nothing"),
            Self::OtherKey => formatter.write_str("another entity's"),
            Self::NoTime => {
                formatter.write_str("its event time is null, infinite, or beyond the calendar")
            }
            Self::CreatedAfter { by } => {
                let by = format_span(*by);
                write!(formatter, "created {by} after what is to be known")
            }
            Self::After { by } => {
                write!(formatter, "after the row's time by {}", format_span(*by))
            }
            Self::NotSettled { known_from } => {
                let from = format_timestamp(*known_from);
                write!(formatter, "not settled: known from {from}")
            }
            Self::Rejected(rejected) => write!(formatter, "rejected: {rejected}"),
            Self::Expired { by } => {
                let by = format_span(*by);
                write!(formatter, "expired: {by} older than its TTL allows")
            }
            Self::Older { by } => {
                write!(formatter, "older: the winner is {} newer", format_span(*by))
            }
            Self::CreatedEarlier { by: Some(by) } => {
                let by = format_span(*by);
                write!(formatter, "same event time, created earlier by {by}")
            }
            Self::CreatedEarlier { by: None } => {
                formatter.write_str("same event time, and it has no created time")
            }
            Self::EarlierInSource => formatter.write_str("same times, earlier in the source"),
        }
    }
}
