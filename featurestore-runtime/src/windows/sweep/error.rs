//! Why a sweep ends without results.

use super::super::aggregate::FinishError;
use super::super::window::TimeOutOfRange;

/// Why a sweep ends. Keys are the numbers that the sweep was given for them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SweepError {
    /// A key with more rows in its longest window than there may be in memory.
    #[error(
        "key {key} has {rows} rows in its longest window, and {limit} are as many as memory was given for; give it more, shorten the window or filter the events"
    )]
    TooHeavy {
        /// The key.
        key: u64,
        /// How many rows of it there are at least.
        rows: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A time that no window knows.
    #[error("{what} of key {key}: {error}")]
    Time {
        /// The key.
        key: u64,
        /// `an event` or `an entity row`.
        what: &'static str,
        /// What is wrong with it.
        #[source]
        error: TimeOutOfRange,
    },
    /// A feature has no result because of what is not of the user's making.
    #[error("feature {feature} of key {key}: {error}")]
    Feature {
        /// The key.
        key: u64,
        /// Its place among the features.
        feature: usize,
        /// What is wrong.
        #[source]
        error: FinishError,
    },
    /// Rows that are not as they must be: a fault of who sorted them.
    #[error("internal error, which is not of your making: {0}")]
    Internal(&'static str),
}
