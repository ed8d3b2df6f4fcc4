//! Exact times: nanoseconds since 1970.

use std::time::Duration;

use crate::time::Timestamp;

/// Nanoseconds in a microsecond.
pub(crate) const MICRO: i128 = 1_000;
/// Nanoseconds in a second.
const SECOND: i128 = 1_000_000_000;

/// Nanoseconds since 1970, exact.
#[cfg(feature = "duckdb")]
pub(crate) fn nanos(time: Timestamp) -> i128 {
    i128::from(time.timestamp()) * SECOND + i128::from(time.timestamp_subsec_nanos())
}

/// The instant so many nanoseconds after 1970; the calendar's last or first one where it ends.
pub(crate) fn instant(nanos: i128) -> Timestamp {
    let beyond = if nanos < 0 {
        Timestamp::MIN_UTC
    } else {
        Timestamp::MAX_UTC
    };
    i64::try_from(nanos.div_euclid(SECOND))
        .ok()
        .zip(u32::try_from(nanos.rem_euclid(SECOND)).ok())
        .and_then(|(seconds, nanos)| Timestamp::from_timestamp(seconds, nanos))
        .unwrap_or(beyond)
}

/// A number of nanoseconds, which is not negative, as a span.
pub(crate) fn span(nanos: i128) -> Duration {
    let nanos = nanos.unsigned_abs();
    let second = SECOND.unsigned_abs();
    let seconds = u64::try_from(nanos / second).unwrap_or(u64::MAX);
    Duration::new(seconds, u32::try_from(nanos % second).unwrap_or_default())
}
