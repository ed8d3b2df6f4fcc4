//! When a view is due, and how long one that failed is left.

use std::time::Duration;

use featurestore_schema::Cadence;

use crate::time::Timestamp;

/// How long a view that failed is left at first, and at most.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// The last time at or before `now`.
pub(super) fn last(cadence: Cadence, now: Timestamp) -> Option<Timestamp> {
    Timestamp::from_timestamp_micros(cadence.at_or_before(now.timestamp_micros())?)
}

/// The first time after `now`, and the share `random`, from 0 to 1, of the jitter later.
pub(super) fn next(
    cadence: Cadence,
    now: Timestamp,
    jitter: Duration,
    random: f64,
) -> Option<Timestamp> {
    let due = cadence.after(now.timestamp_micros())?;
    let room = cadence.after(due).map_or(0, |after| (after - due) / 2);
    let jitter = jitter.min(Duration::from_micros(room.unsigned_abs()));
    let jitter = i64::try_from(jitter.mul_f64(random).as_micros()).ok()?;
    Timestamp::from_timestamp_micros(due.checked_add(jitter)?)
}

/// How long a view is left that failed so many times in a row.
pub(super) fn back_off(failures: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    BACK_OFF.0.saturating_mul(doubled).min(BACK_OFF.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{format_timestamp, parse_timestamp};

    #[test]
    fn jitter_is_at_most_half_of_the_time_to_the_next() {
        let now = parse_timestamp("2026-05-07T22:10:00Z").unwrap();
        let cadence = Cadence::parse("1h").unwrap();
        let next = |jitter, random| {
            let jitter = Duration::from_secs(jitter);
            format_timestamp(next(cadence, now, jitter, random).unwrap())
        };
        assert_eq!(next(0, 0.5), "2026-05-07T23:00:00Z");
        assert_eq!(next(60, 0.5), "2026-05-07T23:00:30Z");
        assert_eq!(next(86_400, 1.0), "2026-05-07T23:30:00Z");
    }

    #[test]
    fn back_off_doubles_up_to_five_minutes() {
        let seconds = [1, 2, 3, 9, 10, u32::MAX].map(|failures| back_off(failures).as_secs());
        assert_eq!(seconds, [1, 2, 4, 256, 300, 300]);
    }
}
