//! Why a value does not fit.

use featurestore_schema::Dtype;

/// A value that does not fit its dtype or type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// The value has another dtype.
    #[error("the value {value} is not of dtype {expected}")]
    Dtype {
        /// The value, as text.
        value: String,
        /// What was expected.
        expected: Dtype,
    },
    /// A text that the enum doesn't know.
    #[error("`{value}` is none of the variants {}", featurestore_schema::listing(variants.iter().copied()))]
    Variant {
        /// The text.
        value: String,
        /// What the enum knows.
        variants: &'static [&'static str],
    },
    /// A null where the column may not be null.
    #[error("the value is null, and the feature may not be; make it an `Option`")]
    Null,
    /// A value within a list.
    #[error("value {} of the list: {error}", index + 1)]
    Element {
        /// Its index, from 0.
        index: usize,
        /// What is wrong with it.
        error: Box<ValueError>,
    },
    /// A time or a day that the calendar has not.
    #[error("the time or day {0} since 1970 is out of range")]
    Time(i64),
    /// An embedding of another length.
    #[error("the list has {found} values, and the feature has {expected}")]
    Length {
        /// How many it has.
        found: usize,
        /// How many it must have.
        expected: usize,
    },
    /// JSON that is none, or not of the feature's type.
    #[error("the value is not the JSON that the feature holds: {reason}")]
    Json {
        /// What is wrong with it.
        reason: String,
    },
}

impl ValueError {
    pub(crate) fn element(index: usize, error: Self) -> Self {
        Self::Element {
            index,
            error: Box::new(error),
        }
    }

    pub(super) fn json(error: &serde_json::Error) -> Self {
        Self::Json {
            reason: error.to_string(),
        }
    }
}
