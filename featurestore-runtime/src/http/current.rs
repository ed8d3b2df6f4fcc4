//! The request that is being answered, for what happens deep inside of its handler: failures are
//! counted and logged with the request's name there, without a span that every request would pay.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use axum::http::Method;

use super::metrics::RouteMetrics;
use super::request_id::RequestId;

/// The most failures that are logged in a second. All are counted; a store that is down would fill
/// a disk otherwise, and its lines are written by the threads that answer.
const LOGGED: u64 = 100;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

tokio::task_local! {
    pub(super) static CURRENT: Current;
}

/// What is known of a request beside its content.
#[derive(Debug)]
pub(super) struct Current {
    pub(super) id: RequestId,
    pub(super) method: Method,
    pub(super) route: Arc<RouteMetrics>,
}

/// How many failures were met in this second.
#[derive(Debug, Default)]
pub(super) struct Flood {
    second: AtomicU64,
    failures: AtomicU64,
}

impl Flood {
    /// Whether one more, at so many seconds from any start, may be logged; says how many were not
    /// before.
    fn admits(&self, second: u64) -> bool {
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

/// Counts a failure by its code, and logs it where it is a fault. Neither has a key or a value.
pub(super) fn failed(code: &'static str, fault: Option<String>) {
    let known = CURRENT.try_with(|request| {
        request.route.failed(code);
        if let Some(reason) = &fault
            && request.route.flood.admits(START.elapsed().as_secs())
        {
            let (route, method) = (request.route.name(), &request.method);
            tracing::error!(request_id = %request.id, %method, route, code, reason, "a request failed");
        }
    });
    if let (Err(_), Some(reason)) = (known, fault) {
        tracing::error!(code, reason, "a request failed");
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
