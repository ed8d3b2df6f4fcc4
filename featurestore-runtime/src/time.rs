//! Instants, days and the clock that decides what is fresh.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Writes a duration in microseconds as declarations do: `15m`, `1d 12h`.
pub use featurestore_schema::format_micros as format_duration;

/// An instant in UTC; featurestore keeps microseconds.
pub type Timestamp = chrono::DateTime<chrono::Utc>;

/// A day of the proleptic Gregorian calendar.
pub type Date = chrono::NaiveDate;

/// Tells a store what time it is. TTLs are decided by it, so a test or a demonstration holds on
/// any day when it fixes the clock.
#[derive(Clone)]
pub struct Clock(Now);

#[derive(Clone)]
enum Now {
    System,
    Fixed(Timestamp),
    Custom(Arc<dyn Fn() -> Timestamp + Send + Sync>),
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(Now::System)
    }

    /// A clock that stands still at `now`.
    #[must_use]
    pub const fn fixed(now: Timestamp) -> Self {
        Self(Now::Fixed(now))
    }

    /// A clock that asks `now` each time.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Now::Custom(Arc::new(now)))
    }

    /// Whether it is the system's, rather than one that was set.
    pub(crate) const fn is_system(&self) -> bool {
        matches!(self.0, Now::System)
    }

    /// The time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Now::System => chrono::Utc::now(),
            Now::Fixed(now) => *now,
            Now::Custom(now) => now(),
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Now::System => formatter.write_str("Clock::system()"),
            Now::Fixed(now) => write!(formatter, "Clock::fixed({now})"),
            Now::Custom(_) => formatter.write_str("Clock::from_fn(..)"),
        }
    }
}

/// A span of time as declarations write it, to the nanosecond: `2h`, `1d 12h`, `1us 5ns`.
pub(crate) fn format_span(span: Duration) -> String {
    let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    match (micros, span.subsec_nanos() % 1000) {
        (_, 0) => format_duration(micros),
        (0, nanos) => format!("{nanos}ns"),
        (_, nanos) => format!("{} {nanos}ns", format_duration(micros)),
    }
}

/// What a clock says, and how far ahead of it a time may be that another clock made: later ones are
/// of the future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Horizon {
    pub(crate) now: Timestamp,
    pub(crate) skew: Duration,
}

impl Horizon {
    /// The latest time that is not of the future.
    pub(crate) fn end(self) -> Timestamp {
        let skew = chrono::Duration::from_std(self.skew).ok();
        let end = skew.and_then(|skew| self.now.checked_add_signed(skew));
        end.unwrap_or(Timestamp::MAX_UTC)
    }
}

/// How often [`tick`] wakes.
#[cfg(any(feature = "http", feature = "redis"))]
const TICK: Duration = Duration::from_millis(100);

/// Wakes for ever, in a runtime whose calls each set a timer and remove it. With an earlier timer there,
/// theirs is never the one to wait for next; of one that is, tokio tells whoever waits, by a system call
/// and one more to hear of it.
#[cfg(any(feature = "http", feature = "redis"))]
pub(crate) async fn tick() {
    loop {
        tokio::time::sleep(TICK).await;
    }
}

/// A time without what is finer than a microsecond.
pub(crate) fn whole_micros(time: Timestamp) -> Timestamp {
    Timestamp::from_timestamp_micros(time.timestamp_micros()).unwrap_or(time)
}

/// Reads a time as people and requests write it: RFC 3339, or without a zone (taken as UTC), or
/// only a day (its midnight).
pub(crate) fn parse_timestamp(text: &str) -> Option<Timestamp> {
    if let Ok(time) = chrono::DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    // Years of more than four digits, and before year 0, which RFC 3339 has not.
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    for format in [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M",
    ] {
        if let Ok(time) = chrono::NaiveDateTime::parse_from_str(text, format) {
            return Some(time.and_utc());
        }
    }
    Date::parse_from_str(text, "%Y-%m-%d")
        .ok()?
        .and_hms_opt(0, 0, 0)
        .map(|time| time.and_utc())
}

/// Writes a time as answers and tables show it: RFC 3339 with a `Z`, no more digits than it has.
pub(crate) fn format_timestamp(time: Timestamp) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// The same of microseconds since 1970; of some that no calendar has, their number.
pub(crate) fn text_of_micros(micros: i64) -> String {
    let time = Timestamp::from_timestamp_micros(micros);
    time.map_or_else(
        || format!("{micros} microseconds after 1970"),
        format_timestamp,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_every_form_that_people_write() {
        let noon = parse_timestamp("2026-05-05T12:00:00Z").unwrap();
        for text in [
            "2026-05-05T14:00:00+02:00",
            "2026-05-05 12:00",
            "2026-05-05T12:00:00.000",
        ] {
            assert_eq!(parse_timestamp(text), Some(noon), "{text}");
        }
        assert_eq!(format_timestamp(noon), "2026-05-05T12:00:00Z");
        assert_eq!(
            format_timestamp(parse_timestamp("2026-05-05").unwrap()),
            "2026-05-05T00:00:00Z"
        );
        assert_eq!(parse_timestamp("yesterday"), None);
        for far in ["+202384-10-17T00:00:00Z", "-0001-12-31T00:00:00.000001Z"] {
            assert_eq!(format_timestamp(parse_timestamp(far).unwrap()), far);
        }
    }

    #[test]
    fn no_horizon_is_beyond_the_calendar() {
        let now = parse_timestamp("2026-05-07T22:00:00Z").unwrap();
        let end = |skew| Horizon { now, skew }.end();
        assert_eq!(end(Duration::ZERO), now);
        assert_eq!(
            end(Duration::from_secs(300)),
            now + chrono::Duration::minutes(5)
        );
        assert_eq!(end(Duration::MAX), Timestamp::MAX_UTC);
        assert_eq!(end(Duration::from_secs(1 << 50)), Timestamp::MAX_UTC);
    }

    #[test]
    fn a_clock_tells_what_it_was_made_to() {
        let time = parse_timestamp("2026-05-07T22:00:00Z").unwrap();
        assert_eq!(Clock::fixed(time).now(), time);
        assert_eq!(Clock::from_fn(move || time).now(), time);
        assert!(Clock::system().now() > time - chrono::Duration::days(3650));
    }
}
