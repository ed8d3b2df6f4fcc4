//! Why a state can't be read or changed, and why a feature has no value.

use super::super::aggregate::FinishError;
use super::super::bytes::Damage;
use super::super::window::TimeOutOfRange;
use super::field::Field;
use crate::time::text_of_micros;

/// Why a state can't be read or changed. Whoever asks knows entity and view, and names them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StateError {
    /// Bytes that are no state.
    #[error("it is damaged: {damage}")]
    Damaged {
        /// Where.
        field: Field,
        /// What is wrong.
        #[source]
        damage: Damage,
    },
    /// Another version of the format.
    #[error("it has format version {found}, and this build reads version 2; upgrade this build")]
    Version {
        /// The state's version.
        found: u8,
    },
    /// A state of another declaration.
    #[error(
        "it was made for another declaration of its view ({found:07x}, and this build's is {expected:07x})"
    )]
    OtherDeclaration {
        /// The state's schema id.
        found: u32,
        /// The declaration's.
        expected: u32,
    },
    /// Rows that should be there.
    #[error("it is gone, and the state's summary counts rows in it; has the store evicted it?")]
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
        "its events were counted up to {}, and it is asked for {}, and online nothing is kept of the past; ask for that time or later, or for a training set",
        text_of_micros(*newest),
        text_of_micros(*asked)
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

impl StateError {
    /// The field that can't be read, where the state is to be made anew.
    pub(crate) const fn unreadable_field(&self) -> Option<Field> {
        match self {
            Self::Damaged { field, .. } | Self::Gone { field } => Some(*field),
            Self::Version { .. } | Self::OtherDeclaration { .. } => Some(Field::Summary),
            _ => None,
        }
    }
}

/// Why one feature of a state has no value, while others may have one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unanswered {
    /// The window reaches back before all events are known.
    #[error(
        "the window reaches back before {}, from when on the entity's events are known; load the view from its source with `materialize`",
        text_of_micros(*from)
    )]
    NotLoaded {
        /// From when on they are.
        from: i64,
    },
    /// The window reaches rows that were too many to keep.
    #[error(
        "the window begins or ends among rows up to {} that are gone, since the entity has more than {limit}; give the window a `resolution`, or filter the events",
        text_of_micros(*until)
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
