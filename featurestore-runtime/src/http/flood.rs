//! How many failures are logged, where there are many.

use std::sync::atomic::{AtomicU64, Ordering};

/// The most failures that are logged in a second. All are counted; a store that is down would fill
/// a disk otherwise, and its lines are written by the threads that answer.
const LOGGED: u64 = 100;

/// How many failures were met in this second.
#[derive(Debug, Default)]
pub(super) struct Flood {
    second: AtomicU64,
    failures: AtomicU64,
}

impl Flood {
    /// Whether one more, at so many seconds from any start, may be logged; says how many were not
    /// before.
    pub(super) fn admits(&self, second: u64) -> bool {
        if self.second.swap(second, Ordering::Relaxed) != second {
            let left_out = self
                .failures
                .swap(0, Ordering::Relaxed)
                .saturating_sub(LOGGED);
            if left_out > 0 {
                tracing::error!(left_out, "so many more requests failed and were not logged");
            }
        }
        self.failures.fetch_add(1, Ordering::Relaxed) < LOGGED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_logs_so_many_failures_and_the_next_one_anew() {
        let flood = Flood::default();
        for second in [0, 7, 8] {
            let logged = (0..1_000).filter(|_| flood.admits(second)).count();
            assert_eq!(logged, 100, "{second}");
        }
    }
}
