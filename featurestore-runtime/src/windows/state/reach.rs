//! How long the tiles of a view's states are, as it follows from its windows.

use super::super::window::Window;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;
/// Lengths that tiles have where no resolution says another.
const LENGTHS: [i64; 6] = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY];
/// How many tiles the longest window may have.
const TILES: i64 = 721;

/// Resolutions too fine for the longest window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the view's longest window would have {tiles} tiles, since its resolutions have no longer common divisor than {length} microseconds, and {TILES} is the most; take a coarser resolution, or put the window into a view of its own"
)]
pub(crate) struct TooManyTiles {
    /// How many.
    tiles: i64,
    /// How long they would be.
    length: i64,
}

/// How far windows reach back, and in which steps. A constant can be one, so that the compiler says what
/// does not go together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach {
    longest: i64,
    /// What divides all resolutions; 0 where there is none.
    divisor: i64,
}

impl Reach {
    /// Of no window, over events that may be late.
    pub(crate) const fn of_lateness(lateness: i64) -> Self {
        Self {
            longest: lateness,
            divisor: 0,
        }
    }

    /// With another window.
    pub(crate) const fn and(self, window: &Window) -> Self {
        let longest = match window.length() {
            Some(length) if length > self.longest => length,
            _ => self.longest,
        };
        let divisor = match window.resolution() {
            Some(resolution) => common_divisor(resolution, self.divisor),
            None => self.divisor,
        };
        Self { longest, divisor }
    }

    /// The length of tiles: the shortest of [`LENGTHS`] that is no shorter than it must be for [`TILES`], and
    /// divides all resolutions; where none does, what divides them.
    pub(crate) const fn tile_length(self) -> Result<i64, TooManyTiles> {
        let Self { longest, divisor } = self;
        let least = longest / (TILES - 1) + (longest % (TILES - 1) != 0) as i64;
        let mut place = 0;
        while place < LENGTHS.len() {
            let length = LENGTHS[place];
            if length >= least && divisor % length == 0 {
                return Ok(length);
            }
            place += 1;
        }
        let length = if divisor == 0 {
            least.div_euclid(DAY) * DAY + DAY
        } else {
            divisor
        };
        if length < least {
            return Err(TooManyTiles {
                tiles: longest / length + 1,
                length,
            });
        }
        Ok(length)
    }
}

const fn common_divisor(one: i64, other: i64) -> i64 {
    if other == 0 {
        one
    } else {
        common_divisor(other, one % other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(windows: &[(Option<i64>, Option<i64>)]) -> Result<i64, TooManyTiles> {
        let windows = windows
            .iter()
            .map(|(length, resolution)| Window::new(*length, *resolution, 0).unwrap());
        let reach = windows.fold(Reach::of_lateness(HOUR), |reach, window| reach.and(&window));
        reach.tile_length()
    }

    #[test]
    fn tiles_are_as_long_as_the_longest_window_needs_and_divide_all_resolutions() {
        assert_eq!(length(&[(Some(HOUR), None)]), Ok(MINUTE));
        assert_eq!(
            length(&[(Some(30 * DAY), None), (Some(DAY), None)]),
            Ok(HOUR)
        );
        assert_eq!(length(&[(Some(365 * DAY), Some(DAY))]), Ok(DAY));
        assert_eq!(
            length(&[(Some(365 * DAY), None), (Some(DAY), Some(6 * HOUR))]),
            Err(TooManyTiles {
                tiles: 1461,
                length: 6 * HOUR
            })
        );
        assert_eq!(length(&[(Some(70 * MINUTE), Some(7 * MINUTE))]), Ok(MINUTE));
        assert_eq!(
            length(&[(Some(DAY), None), (Some(70 * MINUTE), Some(7 * MINUTE))]),
            Ok(7 * MINUTE)
        );
        assert_eq!(length(&[(None, None)]), Ok(MINUTE));
        assert_eq!(length(&[(Some(3000 * DAY), None)]), Ok(5 * DAY));
    }
}
