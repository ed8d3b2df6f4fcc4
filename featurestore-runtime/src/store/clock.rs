//! What time a read of window views is of: the online store's own, where it has a clock and no other was set.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;

use super::FeatureStore;
use crate::online::OnlineError;
use crate::time::Timestamp;

/// By how much it may change before it is noted anew, in microseconds.
const NOTED: u64 = 1_000_000;

/// How far the online store's clock was ahead of the process's when it was last seen, in microseconds.
#[derive(Debug, Default)]
pub(super) struct Ahead(AtomicI64);

impl FeatureStore {
    /// Whether the online store's own clock counts, where it has one.
    pub(super) fn is_timed(&self) -> bool {
        self.clock().is_system()
    }

    /// What time it is by the clock that counts, as far as is known without asking the online store.
    pub(super) fn expected_time(&self) -> Timestamp {
        let now = self.clock().now();
        if !self.is_timed() {
            return now;
        }
        let ahead = TimeDelta::microseconds(self.inner.ahead.0.load(Ordering::Relaxed));
        now.checked_add_signed(ahead).unwrap_or(now)
    }

    /// Notes what the online store's clock said just now.
    pub(super) fn note_time(&self, told: Timestamp) {
        let ahead = (told - self.clock().now()).num_microseconds();
        let (ahead, known) = (ahead.unwrap_or_default(), &self.inner.ahead.0);
        if ahead.abs_diff(known.load(Ordering::Relaxed)) >= NOTED {
            known.store(ahead, Ordering::Relaxed);
        }
    }

    /// What time it is by the clock that counts.
    ///
    /// # Errors
    ///
    /// An online store that does not answer.
    #[cfg_attr(not(feature = "duckdb"), allow(dead_code))]
    pub(crate) async fn time(&self) -> Result<Timestamp, OnlineError> {
        let told = if self.is_timed() {
            self.online().time().await?
        } else {
            None
        };
        Ok(told.unwrap_or_else(|| self.clock().now()))
    }
}
