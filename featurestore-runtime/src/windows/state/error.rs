//! Why a state can't be read or changed, and why a feature has no value.

use super::super::aggregate::FinishError;
use super::super::bytes::Damage;
use super::super::window::TimeOutOfRange;
use super::field::Field;

/// Why a state can't be read or changed. Whoever asks knows entity and view, and names them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StateError {
    /// Bytes that are no state.
    #[error("the state's field `{{view}}{field}` is damaged: {damage}; rebuild it from the log")]
    Damaged {
        /// Where.
        field: Field,
        /// What is wrong.
        #[source]
        damage: Damage,
    },
    /// Another version of the format.
    #[error(
        "the state has format version {found}, and this build reads version 2; upgrade the reader, or rebuild the state from the log"
    )]
    Version {
        /// The state's version.
        found: u8,
    },
    /// A state of another declaration.
    #[error(
        "the state was made for another declaration of its view ({found:07x}, and this one is {expected:07x}); rebuild it from the log"
    )]
    OtherDeclaration {
        /// The state's schema id.
        found: u32,
        /// The declaration's.
        expected: u32,
    },
    /// Rows that should be there.
    #[error(
        "the state's field `{{view}}{field}` is gone, and its summary counts rows in it; has the store evicted it? Rebuild the state from the log"
    )]
    Gone {
        /// Which one.
        field: Field,
    },
    // For events that are applied one by one.
    #[cfg(test)]
    /// A row that arrived before one that is in the state.
    #[error(
        "the row arrived at {arrived}, and the newest one of its entity at {newest} (microseconds); a log's arrivals don't go back: stamp it no earlier than that"
    )]
    Backwards {
        /// When it arrived.
        arrived: i64,
        /// When the newest did.
        newest: i64,
    },
    /// A read of the past.
    #[error(
        "the state is asked for {asked}, and has rows that arrived at {newest} (microseconds); ask for that or later, or sweep the log"
    )]
    Past {
        /// The time that was asked for.
        asked: i64,
        /// When the newest row arrived.
        newest: i64,
    },
    /// A time that no window knows.
    #[error(transparent)]
    Time(#[from] TimeOutOfRange),
    /// An aggregate failed that can't.
    #[error(transparent)]
    Aggregate(#[from] FinishError),
    /// What can't be, and is a fault of this library.
    #[error("internal error, which is not of your making: {0}")]
    Internal(&'static str),
}

/// Why one feature of a state has no value, while others may have one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unanswered {
    /// The window reaches back before all events are known.
    #[error(
        "the window reaches back before {from} (microseconds), from when on the entity's events are known; load the view from its source"
    )]
    NotLoaded {
        /// From when on they are.
        from: i64,
    },
    /// The window reaches rows that were too many to keep.
    #[error(
        "the window begins or ends among rows up to {until} (microseconds) that are gone, since the entity has more than {limit}; give the window a `resolution`"
    )]
    TooManyRows {
        /// Up to when rows are gone.
        until: i64,
        /// How many are kept.
        limit: u64,
    },
    /// The aggregate has no result.
    #[error(transparent)]
    Finish(#[from] FinishError),
}
