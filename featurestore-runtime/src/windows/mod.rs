//! Windowed aggregates over events, the same offline and online to the bit: which times a window
//! holds, which rows of a log count at a time, the aggregates, the sweep over sorted events that makes
//! training sets, and the state of an entity online.
//!
//! Knows times, bytes and numbers; no view, no engine and no store.
// Built for tests alone until what declares windows is there to use it.
#![allow(dead_code, unused_imports)]

mod aggregate;
mod bytes;
mod event;
mod exact;
mod feature;
mod hash;
#[cfg(test)]
mod mutants;
mod scalar;
mod state;
mod sweep;
mod window;

#[cfg(test)]
mod tests;
