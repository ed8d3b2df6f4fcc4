//! An aggregate of a column, checked once.

use super::super::scalar::Kind;
use super::{Bins, Divisor, Precision};

/// What is asked of a window's values. Nulls are none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// How many events, or values of a column, there are.
    Count,
    /// The sum: of integers and decimals exactly, of floats the float next to it. Of none, zero.
    Sum,
    /// The float next to the sum divided by the count.
    Mean,
    /// The float next to the variance.
    Variance(Divisor),
    /// The square root of the variance, whose float it is of.
    StandardDeviation(Divisor),
    /// The least value.
    Min,
    /// The largest value.
    Max,
    /// The value of the first event, by time and id.
    First,
    /// The value of the last event.
    Last,
    /// The values of the first events, the first one first.
    FirstOf(u16),
    /// The values of the last events, the last one first.
    LastOf(u16),
    /// How many different values there are: exactly, or beyond some hundreds with a standard error.
    Distinct(Precision),
    /// The least value that so many millionths of the values are no larger than, within an error.
    Quantile {
        /// 950,000 for the 95th percentile.
        millionths: u32,
        /// How exactly.
        bins: Bins,
    },
    /// The most frequent values, the most frequent first, of equally frequent ones the lesser.
    Top(u16),
}

/// An aggregate of a column of a kind, or of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Measure {
    aggregate: Aggregate,
    kind: Option<Kind>,
}

/// An aggregate that a column can't have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// Numbers are asked of what are none.
    #[error(
        "the aggregate is of numbers, and the column has none; take `count`, `min`, `max`, `first`, `last`, `distinct` or `top`"
    )]
    NoNumbers,
    /// Different floats, of which hardly two are equal.
    #[error(
        "different floats are not counted, since hardly two are equal; take a decimal or an integer"
    )]
    FloatsApart,
    /// An aggregate of values without a column.
    #[error("the aggregate is of a column; name it")]
    NoColumn,
    /// Too many values, or none.
    #[error("a list of values holds 1 to 1,000, not {0}")]
    Length(u16),
    /// A part of more than everything.
    #[error("a quantile is a part of the values, from 0 to 1, not {0} millionths")]
    Part(u32),
}

/// The longest list of values.
const LIST_LIMIT: u16 = 1000;

impl Aggregate {
    /// The aggregate that stands for all that have the same state.
    const fn representative(self) -> Self {
        match self {
            Self::Mean => Self::Sum,
            Self::Variance(_) | Self::StandardDeviation(_) => Self::Variance(Divisor::Sample),
            Self::Quantile { bins, .. } => Self::Quantile {
                millionths: 0,
                bins,
            },
            Self::Top(_) => Self::Top(1),
            other => other,
        }
    }
}

impl Measure {
    /// The measure that stands for all that have the same state.
    pub(crate) const fn representative(&self) -> Self {
        Self {
            aggregate: self.aggregate.representative(),
            kind: self.kind,
        }
    }

    /// An aggregate of a column of a kind; only events are counted without.
    pub(crate) const fn new(
        aggregate: Aggregate,
        kind: Option<Kind>,
    ) -> Result<Self, MeasureError> {
        let Some(of) = kind else {
            return match aggregate {
                Aggregate::Count => Ok(Self { aggregate, kind }),
                _ => Err(MeasureError::NoColumn),
            };
        };
        match (aggregate, of) {
            (
                Aggregate::Sum
                | Aggregate::Mean
                | Aggregate::Variance(_)
                | Aggregate::StandardDeviation(_)
                | Aggregate::Quantile { .. },
                Kind::Bytes,
            ) => Err(MeasureError::NoNumbers),
            (Aggregate::Distinct(_) | Aggregate::Top(_), Kind::Float) => {
                Err(MeasureError::FloatsApart)
            }
            (Aggregate::FirstOf(count) | Aggregate::LastOf(count) | Aggregate::Top(count), _)
                if count == 0 || count > LIST_LIMIT =>
            {
                Err(MeasureError::Length(count))
            }
            (Aggregate::Quantile { millionths, .. }, _) if millionths > 1_000_000 => {
                Err(MeasureError::Part(millionths))
            }
            _ => Ok(Self { aggregate, kind }),
        }
    }

    /// What is asked.
    pub(crate) const fn aggregate(&self) -> Aggregate {
        self.aggregate
    }

    /// What the column's values are; nothing where events are counted.
    pub(crate) const fn kind(&self) -> Option<Kind> {
        self.kind
    }

    /// How many digits stand behind the point of the column's numbers.
    pub(crate) const fn scale(&self) -> u8 {
        match self.kind {
            Some(Kind::Integer { scale }) => scale,
            _ => 0,
        }
    }
}

/// 10^`scale` in two factors of 64 bits, for a scale of up to 38.
pub(super) const fn powers_of_ten(scale: u8) -> [u64; 2] {
    let first = if scale < 19 { scale } else { 19 };
    [10_u64.pow(first as u32), 10_u64.pow((scale - first) as u32)]
}
