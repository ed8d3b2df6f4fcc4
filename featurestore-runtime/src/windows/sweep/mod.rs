//! One pass over events and entity rows, both sorted by key and time, gives every window of every
//! view of a source, with the aggregates that serve online.
//!
//! A row counts at `t` from `max(known, e + delay)` until the first of: the arrival of a newer row of its
//! identity, and the time at which the window has left it. So for each window the rows that enter
//! and leave are known before (`moves`), and each aggregate follows them (`slide`).
//!
//! Memory is that of the rows of one key that its longest window holds, twice at most, and of the
//! rows that are read ahead: see [`columns::Events`] for what a row takes; to it come 16 bytes while
//! results are made, and for one window at a time up to 36.

mod columns;
mod error;
mod key;
mod live;
mod moves;
mod slide;
mod stream;
mod versions;

pub(crate) use columns::{Column, Events, Values};
pub(crate) use error::SweepError;
pub(crate) use stream::{Answers, EntityRows, KeyedEvents, Sweep};
