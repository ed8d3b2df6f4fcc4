//! What time a read of window views is of: the online store's own, where it has a clock and no other was set.

use chrono::TimeDelta;

use super::FeatureStore;
use crate::online::OnlineError;
use crate::time::Timestamp;

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
        let ahead = TimeDelta::microseconds(self.inner.ahead.micros());
        now.checked_add_signed(ahead).unwrap_or(now)
    }

    /// Notes what the online store's clock said just now.
    pub(super) fn note_time(&self, told: Timestamp) {
        let ahead = (told - self.clock().now()).num_microseconds();
        self.inner.ahead.note(ahead.unwrap_or_default());
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
