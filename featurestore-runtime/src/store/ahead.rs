//! How far the online store's clock is ahead of the process's.

use std::sync::atomic::{AtomicI64, Ordering};

/// By how much it may change before it is noted anew, in microseconds.
const NOTED: u64 = 1_000_000;

/// How far it was ahead when it was last seen, in microseconds.
#[derive(Debug, Default)]
pub(super) struct Ahead(AtomicI64);

impl Ahead {
    pub(super) fn micros(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Notes how far it is ahead, where that has changed.
    pub(super) fn note(&self, ahead: i64) {
        if ahead.abs_diff(self.micros()) >= NOTED {
            self.0.store(ahead, Ordering::Relaxed);
        }
    }
}
