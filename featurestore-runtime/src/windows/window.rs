//! Which times a window holds: its ends at a time, and the tiles that its ends can fall on.
//!
//! All times are microseconds since 1970, all lengths microseconds.

use featurestore_schema::format_micros;

#[cfg(test)]
use super::mutants::{self, Mutant};

/// Times beyond this, some 126,000 years before or after 1970, are in no window, and no window is
/// longer: so below it no sum or difference of a time and a window's parts overflows 64 bits.
pub(crate) const TIME_LIMIT: i64 = 4_000_000_000_000_000_000;

/// Whether a time is one that windows know.
pub(crate) const fn is_in_range(time: i64) -> bool {
    -TIME_LIMIT <= time && time <= TIME_LIMIT
}

/// What times before a time T a feature is of: `(start, T - delay]`, where `start` is
/// `T - delay - length`, rounded down to a multiple of the resolution if there is one.
///
/// The start is out and the end is in, so of rows at each midnight seven are in seven days. A
/// window without a length is of the whole past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    length: Option<i64>,
    resolution: Option<i64>,
    delay: i64,
}

/// The ends of a window at a time: `after < event time <= until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// The start, which is not in; nothing where the window has none.
    pub(crate) after: Option<i64>,
    /// The end, which is in.
    pub(crate) until: i64,
}

/// A window that can't be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// A length, resolution or delay that is no length of time.
    #[error("the {part} of a window is longer than nothing, and here it is {}{}", if *micros < 0 { "-" } else { "" }, format_micros(*micros))]
    NotPositive {
        /// `length`, `resolution` or `delay`.
        part: &'static str,
        /// What it is.
        micros: i64,
    },
    /// A length that is no multiple of the resolution.
    #[error("a window of {} is no multiple of its resolution, {}; make it one", format_micros(*length), format_micros(*resolution))]
    Indivisible {
        /// The length.
        length: i64,
        /// The resolution.
        resolution: i64,
    },
    /// A resolution of a window that has no start.
    #[error(
        "a window of the whole past has no start that a resolution could round; leave the resolution out"
    )]
    ResolutionWithoutStart,
    /// More than times reach.
    #[error(
        "a window with its delay and resolution reaches further than 126,000 years; make it `lifetime`"
    )]
    TooLong,
}

/// A time that no window knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the time {0} is more than 126,000 years from 1970, in microseconds; is it of another unit?"
)]
pub(crate) struct TimeOutOfRange(pub(crate) i64);

impl Window {
    /// A window of a length, or of the whole past; its start exact or rounded down to multiples of
    /// a resolution; its end `delay` before the time that is asked for.
    ///
    /// # Errors
    ///
    /// A part that is no length of time, a length that is no multiple of the resolution, or more than
    /// times reach.
    pub const fn new(
        length: Option<i64>,
        resolution: Option<i64>,
        delay: i64,
    ) -> Result<Self, WindowError> {
        let (part, micros) = match (length, resolution) {
            (Some(micros), _) if micros <= 0 => ("length", micros),
            (_, Some(micros)) if micros <= 0 => ("resolution", micros),
            _ if delay < 0 => ("delay", delay),
            _ => ("", 0),
        };
        if !part.is_empty() {
            return Err(WindowError::NotPositive { part, micros });
        }
        let resolution_length = match (length, resolution) {
            (None, Some(_)) => return Err(WindowError::ResolutionWithoutStart),
            (Some(length), Some(resolution)) if length % resolution != 0 => {
                return Err(WindowError::Indivisible { length, resolution });
            }
            (_, Some(resolution)) => resolution,
            (_, None) => 0,
        };
        let length_or_none = match length {
            Some(length) => length,
            None => 0,
        };
        let reach = length_or_none as i128 + resolution_length as i128 + delay as i128;
        if reach > TIME_LIMIT as i128 {
            return Err(WindowError::TooLong);
        }
        Ok(Self {
            length,
            resolution,
            delay,
        })
    }

    /// How far back it reaches from its end; nothing where to the beginning.
    #[must_use]
    pub const fn length(&self) -> Option<i64> {
        self.length
    }

    /// Multiples of what its start is rounded down to; nothing where it is exact.
    #[must_use]
    pub const fn resolution(&self) -> Option<i64> {
        self.resolution
    }

    /// How long before the time that is asked for it ends.
    #[must_use]
    pub const fn delay(&self) -> i64 {
        self.delay
    }

    /// Its ends at a time.
    pub(crate) fn at(&self, time: i64) -> Result<Span, TimeOutOfRange> {
        if !is_in_range(time) {
            return Err(TimeOutOfRange(time));
        }
        let until = time - self.delay;
        let after = self.length.map(|length| {
            let start = until - length;
            self.resolution
                .map_or(start, |unit| start.div_euclid(unit) * unit)
        });
        #[cfg(test)]
        let after = after.map(|after| after - i64::from(mutants::is(Mutant::StartInclusive)));
        Ok(Span { after, until })
    }

    /// The first time at which an event, whose time is in range, is in the window.
    pub(crate) const fn enters(&self, event_time: i64) -> i64 {
        event_time + self.delay
    }

    /// The first time from which on an event, whose time is in range, is in the window no more;
    /// the end of times where it stays.
    ///
    /// `start < e` at T is `T < e + length + delay`; with a resolution, the end of the tile of
    /// `e` stands in its place, since a start on a multiple is before `e` where it is before that.
    pub(crate) fn leaves(&self, event_time: i64) -> i64 {
        let Some(length) = self.length else {
            return i64::MAX;
        };
        let last = self
            .resolution
            .map_or(event_time, |unit| Tiles::new(unit).end_of(event_time));
        #[cfg(test)]
        let last = last + i64::from(mutants::is(Mutant::StartInclusive));
        last + length + self.delay
    }
}

impl Span {
    /// Whether an event of a time is in.
    pub(crate) fn holds(&self, event_time: i64) -> bool {
        self.after.is_none_or(|after| after < event_time) && event_time <= self.until
    }
}

/// Time cut into pieces of one length: the tile k is `(k length, (k + 1) length]`, start out and
/// end in, as windows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tiles(i64);

impl Tiles {
    /// Tiles of a length, which is positive.
    pub(crate) const fn new(length: i64) -> Self {
        Self(length)
    }

    /// How long one is.
    pub(crate) const fn length(self) -> i64 {
        self.0
    }

    /// The tile that a time is in: `floor((time - 1) / length)`.
    pub(crate) fn of(self, time: i64) -> i64 {
        #[cfg(test)]
        let time = time + i64::from(mutants::is(Mutant::FloorTiles));
        (time - 1).div_euclid(self.0)
    }

    /// The time before a tile, which is not in it.
    pub(crate) const fn start(self, tile: i64) -> i64 {
        tile * self.0
    }

    /// The last time in a tile.
    pub(crate) const fn end(self, tile: i64) -> i64 {
        (tile + 1) * self.0
    }

    /// The last time in the tile that a time is in.
    pub(crate) fn end_of(self, time: i64) -> i64 {
        self.end(self.of(time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: i64 = 86_400_000_000;

    fn window(length: i64, resolution: Option<i64>, delay: i64) -> Window {
        Window::new(Some(length), resolution, delay).unwrap()
    }

    #[test]
    fn of_rows_at_each_midnight_seven_are_in_seven_days() {
        let span = window(7 * DAY, None, 0).at(100 * DAY).unwrap();
        let midnights = (0..200).map(|day| day * DAY);
        assert_eq!(midnights.filter(|time| span.holds(*time)).count(), 7);
    }

    #[test]
    fn a_resolution_rounds_the_start_down_and_leaves_the_end() {
        let span = window(DAY, Some(DAY), 1).at(3 * DAY).unwrap();
        assert_eq!(
            span,
            Span {
                after: Some(DAY),
                until: 3 * DAY - 1
            }
        );
        let before_1970 = window(DAY, Some(DAY), 0).at(-1).unwrap();
        assert_eq!(before_1970.after, Some(-2 * DAY));
    }

    #[test]
    fn what_can_not_be_a_window_is_refused_by_its_part() {
        let refused =
            |length, resolution, delay| Window::new(length, resolution, delay).unwrap_err();
        let part = "length";
        assert_eq!(
            refused(Some(0), None, 0),
            WindowError::NotPositive { part, micros: 0 }
        );
        assert!(
            refused(Some(3), Some(2), 0)
                .to_string()
                .contains("no multiple")
        );
        assert_eq!(
            refused(None, Some(1), 0),
            WindowError::ResolutionWithoutStart
        );
        assert_eq!(
            refused(Some(i64::MAX), Some(i64::MAX), i64::MAX),
            WindowError::TooLong
        );
        assert!(matches!(
            refused(Some(1), None, -1),
            WindowError::NotPositive { part: "delay", .. }
        ));
    }

    proptest! {
        #[test]
        fn an_event_is_in_from_where_it_enters_until_where_it_leaves(
            unit in 1i64..5, units in 1i64..6, delay in 0i64..7, exact: bool, lifetime: bool,
            event in -40i64..40, time in -60i64..80, far: bool,
        ) {
            let far = if far { TIME_LIMIT - 100 } else { 0 };
            let (event, time) = (event + far, time + far);
            let resolution = (!exact && !lifetime).then_some(unit);
            let length = (!lifetime).then_some(unit * units);
            let window = Window::new(length, resolution, delay).unwrap();
            let within = window.enters(event) <= time && time < window.leaves(event);
            prop_assert_eq!(window.at(time).unwrap().holds(event), within);
        }

        #[test]
        fn no_time_in_range_overflows(time in -TIME_LIMIT..=TIME_LIMIT, length in 1i64..=TIME_LIMIT, delay in 0i64..=TIME_LIMIT) {
            if let Ok(window) = Window::new(Some(length), None, delay) {
                prop_assert!(window.at(time).is_ok());
                prop_assert!(window.leaves(time) > window.enters(time));
            }
            prop_assert!(Window::new(None, None, 0).unwrap().at(TIME_LIMIT + 1).is_err());
        }

        #[test]
        fn each_time_is_in_the_tile_that_is_its(length in 1i64..9, time in -50i64..50) {
            let tiles = Tiles::new(length);
            let tile = tiles.of(time);
            prop_assert!(tiles.start(tile) < time && time <= tiles.end(tile));
        }
    }
}
