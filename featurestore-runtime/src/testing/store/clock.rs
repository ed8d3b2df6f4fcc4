//! The clock that a test turns.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use crate::time::{Clock, Timestamp, format_timestamp, parse_timestamp};

/// Where the clock stands before it is turned: the beginning of 2026, in microseconds since 1970.
const BEGINNING: i64 = 1_767_225_600_000_000;

/// A time as people write it: `2026-05-07 22:00`, `2026-05-07T22:00:00Z`, or a day, which is its midnight;
/// all in UTC where they say nothing else.
///
/// # Panics
///
/// A text that is no time.
///
/// ```
/// use featurestore::testing::time;
///
/// assert!(time("2026-05-07 22:00") < time("2026-05-08"));
/// ```
#[must_use]
pub fn time(text: &str) -> Timestamp {
    match parse_timestamp(text) {
        Some(time) => time,
        None => panic!("`{text}` is no time; write one as \"2026-05-07 22:00\""),
    }
}

/// A clock that only a test turns, and only forward once something was served.
#[derive(Debug, Clone)]
pub(super) struct TurnedClock(Arc<Turned>);

#[derive(Debug)]
struct Turned {
    /// Microseconds since 1970.
    now: AtomicI64,
    /// Whether something was read or written by it.
    told: AtomicBool,
}

impl TurnedClock {
    pub(super) fn new() -> Self {
        Self(Arc::new(Turned {
            now: AtomicI64::new(BEGINNING),
            told: AtomicBool::new(false),
        }))
    }

    /// In microseconds since 1970.
    pub(super) fn micros(&self) -> i64 {
        self.0.now.load(Ordering::SeqCst)
    }

    pub(super) fn now(&self) -> Timestamp {
        at(self.micros())
    }

    /// The clock of a store.
    pub(super) fn clock(&self) -> Clock {
        let own = self.clone();
        Clock::from_fn(move || own.now())
    }

    /// Something was read or written: from now on it goes forward.
    pub(super) fn tell(&self) {
        self.0.told.store(true, Ordering::SeqCst);
    }

    pub(super) fn turn(&self, to: i64) -> Result<(), String> {
        let (to_time, now) = (Timestamp::from_timestamp_micros(to), self.now());
        let to_time = to_time.ok_or_else(|| "the clock can't go beyond the calendar".to_owned())?;
        if to_time < now && self.0.told.load(Ordering::SeqCst) {
            return Err(format!(
                "the clock can't go back from {} to {}, as something was served or pushed by it; begin with the earlier time, or with another store",
                format_timestamp(now),
                format_timestamp(to_time)
            ));
        }
        self.0.now.store(to, Ordering::SeqCst);
        Ok(())
    }
}

/// A time of the clock.
pub(super) fn at(micros: i64) -> Timestamp {
    // Only times of the calendar are turned to.
    Timestamp::from_timestamp_micros(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}
