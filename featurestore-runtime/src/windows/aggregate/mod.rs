//! What a window's events are made into. Each aggregate has a state that follows from the set of
//! values alone, not from their order or how they were split: `add` takes a value in, `merge` another
//! state, `write` and `absorb` are its bytes, and the last step, to a result, is a function of it.
//!
//! A state whose `absorb` failed holds a part of what was read, and is to be thrown away.

mod count;
pub(super) mod distinct;
mod ends;
mod extreme;
mod measure;
mod moments;
mod quantile;
mod state;
mod sum;
mod top;

pub(crate) use count::Count;
pub use distinct::Precision;
pub(crate) use ends::{End, Place};
pub(crate) use extreme::Side;
pub(crate) use measure::Measure;
pub use measure::{Aggregate, MeasureError};
pub use moments::Divisor;
pub(crate) use moments::{FloatMoments, IntegerMoments};
pub use quantile::Bins;
pub(crate) use quantile::Histogram;
pub(crate) use state::{FinishError, Finished, State, number};
pub(crate) use sum::{FloatSum, IntegerSum};
pub(crate) use top::{Tally, TooManyValues};

#[cfg(test)]
mod tests;
