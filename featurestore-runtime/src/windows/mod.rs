//! Windowed aggregates over events, the same offline and online to the bit: which times a window
//! holds, which rows of a log count at a time, the aggregates, the sweep over sorted events that makes
//! training sets, and the state of an entity online.
//!
//! Knows times, bytes and numbers; no view, no engine and no store.

mod aggregate;
mod bytes;
mod event;
mod exact;
mod feature;
pub(crate) mod hash;
#[cfg(test)]
mod mutants;
mod scalar;
pub(crate) mod state;
pub(crate) mod sweep;
mod window;

#[cfg(test)]
mod tests;

pub use aggregate::{Aggregate, Bins, Divisor, MeasureError, Precision};
pub(crate) use aggregate::{Finished, Measure, Place, State};
pub(crate) use event::{Arrival, EventId};
pub(crate) use feature::Feature;
pub(crate) use scalar::{Kind, Scalar, ScalarRef};
pub use window::{Window, WindowError};
