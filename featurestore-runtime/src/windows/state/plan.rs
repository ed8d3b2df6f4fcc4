//! What a view's states look like, as it follows from its features.

use super::super::aggregate::{FinishError, Finished, Measure, Place, State};
use super::super::event::Arrival;
use super::super::feature::Feature;
#[cfg(test)]
use super::super::mutants::{self, Mutant};
use super::super::scalar::{Kind, Scalar};
use super::super::window::{Tiles, Window};
use super::row::Row;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Lengths that tiles have where no resolution says another.
const LENGTHS: [i64; 6] = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY];
/// How many tiles the longest window may have.
const TILES: i64 = 721;
/// How many columns the flags of a row have bits for.
const COLUMNS: usize = 60;

/// How much is kept, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// How many rows of an entity are kept.
    pub(crate) rows: u64,
    /// How many bytes a summary that has all rows may have.
    pub(crate) summary: usize,
    /// How many bytes the field of a group of tiles may have.
    pub(crate) group: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rows: 100_000,
            summary: 2048,
            group: 4096,
        }
    }
}

/// Features that no state can be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PlanError {
    /// Resolutions too fine for the longest window.
    #[error(
        "the view's longest window would have {tiles} tiles, since its resolutions have no longer common divisor than {length} microseconds, and {TILES} is the most; take a coarser resolution, or put the window into a view of its own"
    )]
    TooManyTiles {
        /// How many.
        tiles: i64,
        /// How long they would be.
        length: i64,
    },
    /// More columns than rows are kept with.
    #[error(
        "the view's features are of {0} columns and filters, and {COLUMNS} is the most; put some into a view of their own"
    )]
    TooManyColumns(usize),
    /// A feature of a column that there is not.
    #[error(
        "internal error, which is not of your making: a feature is of a column that there is not, or of another kind"
    )]
    NoColumn,
}

/// What tiles hold a state of: features that differ in window and last step share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) measure: Measure,
    column: Option<usize>,
    filter: Option<usize>,
    /// Whether a window of the whole past is of it.
    pub(super) lifetime: bool,
}

/// What a view's states look like.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(super) id: u32,
    pub(super) columns: Vec<Kind>,
    pub(super) features: Vec<Feature>,
    pub(super) parts: Vec<Part>,
    /// The part of each feature.
    pub(super) part_of: Vec<usize>,
    pub(super) tiles: Tiles,
    /// How many tiles have their rows in one field, while they are few.
    pub(super) grouped: i64,
    pub(super) arrival: Arrival,
    pub(super) limits: Limits,
    /// How long after its end the rows of a tile are needed.
    keep: i64,
}

impl Plan {
    /// For features of columns of the given kinds. `id` is the declaration's, in 28 bits.
    pub(crate) fn new(
        id: u32,
        columns: Vec<Kind>,
        features: Vec<Feature>,
        arrival: Arrival,
        limits: Limits,
    ) -> Result<Self, PlanError> {
        let length = tile_length(&features, &arrival)?;
        Self::with_tiles(id, columns, features, arrival, limits, length)
    }

    /// With tiles of a length that divides all resolutions.
    pub(crate) fn with_tiles(
        id: u32,
        columns: Vec<Kind>,
        features: Vec<Feature>,
        arrival: Arrival,
        limits: Limits,
        length: i64,
    ) -> Result<Self, PlanError> {
        if columns.len() > COLUMNS {
            return Err(PlanError::TooManyColumns(columns.len()));
        }
        let mut parts: Vec<Part> = Vec::new();
        let mut part_of = Vec::new();
        for feature in &features {
            let kind = feature
                .column
                .map(|place| columns.get(place).ok_or(PlanError::NoColumn));
            let filter = feature
                .filter
                .map(|place| columns.get(place).ok_or(PlanError::NoColumn));
            let (kind, filter) = (kind.transpose()?, filter.transpose()?);
            if kind.copied() != feature.measure.kind()
                || filter.is_some_and(|kind| !matches!(kind, Kind::Integer { .. }))
            {
                return Err(PlanError::NoColumn);
            }
            let lifetime = feature.window.length().is_none();
            let measure = feature.measure.representative();
            let (column, filter) = (feature.column, feature.filter);
            let same =
                |part: &Part| (part.measure, part.column, part.filter) == (measure, column, filter);
            if let Some(place) = parts.iter().position(same) {
                parts[place].lifetime |= lifetime;
                part_of.push(place);
            } else {
                part_of.push(parts.len());
                parts.push(Part {
                    measure,
                    column,
                    filter,
                    lifetime,
                });
            }
        }
        let windows = || features.iter().map(|feature| &feature.window);
        let exact = windows().filter(|window| window.resolution().is_none());
        let exact = exact.filter_map(|window| Some(window.length()? + window.delay()));
        let delay = windows().map(Window::delay).max().unwrap_or(0);
        let keep = exact.max().unwrap_or(0).max(delay).max(arrival.lateness);
        #[cfg(test)]
        let keep = if mutants::is(Mutant::RawDroppedEarly) {
            0
        } else {
            keep
        };
        Ok(Self {
            id,
            columns,
            features,
            parts,
            part_of,
            tiles: Tiles::new(length),
            grouped: (DAY / length).max(1),
            arrival,
            limits,
            keep,
        })
    }

    /// When rows of the events count.
    pub(crate) const fn arrival(&self) -> Arrival {
        self.arrival
    }

    /// The first tile whose rows are needed at a time, or may still come: those that a window's exact
    /// start, its end, or a row that is not late can fall into.
    pub(super) fn first_with_rows(&self, now: i64) -> i64 {
        self.tiles.of(now - self.keep)
    }

    /// Whether no window that has a start reaches a tile from a time on.
    pub(super) fn is_unreachable(&self, tile: i64, now: i64) -> bool {
        let last = self.tiles.end(tile);
        let with_start = self
            .features
            .iter()
            .filter(|feature| feature.window.length().is_some());
        tile < self.first_with_rows(now)
            && with_start
                .map(|feature| feature.window.leaves(last))
                .all(|leaves| leaves <= now)
    }

    /// Whether a window has no start.
    pub(super) fn is_lifetime(&self) -> bool {
        self.parts.iter().any(|part| part.lifetime)
    }

    /// Has so many tiles in a group.
    #[cfg(test)]
    pub(crate) const fn group_tiles(&mut self, tiles: i64) {
        self.grouped = tiles;
    }

    /// The group of a tile.
    pub(super) const fn group(&self, tile: i64) -> i64 {
        tile.div_euclid(self.grouped)
    }

    /// The states of no row.
    pub(super) fn empty(&self) -> Vec<State> {
        self.parts
            .iter()
            .map(|part| State::new(&part.measure))
            .collect()
    }

    /// Takes a row into the state of each part.
    pub(super) fn update(&self, states: &mut [State], row: &Row) -> Result<(), FinishError> {
        for (part, state) in self.parts.iter().zip(states) {
            part.update(state, row)?;
        }
        Ok(())
    }

    /// The features of an entity that was loaded and has no event.
    pub(crate) fn of_nothing(&self) -> Vec<Result<Finished, FinishError>> {
        let measures = self.features.iter().map(|feature| &feature.measure);
        measures
            .map(|measure| State::new(measure).finish(measure))
            .collect()
    }
}

impl Part {
    /// Takes a row into the part's state, if it is one of its rows.
    pub(super) fn update(&self, state: &mut State, row: &Row) -> Result<(), FinishError> {
        let passes = |place: usize| {
            let outcome = row.values.get(place).and_then(Option::as_ref);
            matches!(outcome, Some(Scalar::Integer(outcome)) if *outcome != 0)
        };
        if row.deleted || !self.filter.is_none_or(passes) {
            return Ok(());
        }
        let place = Place {
            time: row.time,
            id: row.id,
        };
        let value = self
            .column
            .and_then(|column| row.values.get(column)?.as_ref());
        state.update(&self.measure, place, value.map(Scalar::borrow))
    }
}

/// The length of tiles: the longest of [`LENGTHS`] that is no longer than it must be for [`TILES`], and
/// divides all resolutions; where none does, what divides them.
fn tile_length(features: &[Feature], arrival: &Arrival) -> Result<i64, PlanError> {
    let windows = || features.iter().map(|feature| &feature.window);
    let longest = windows().filter_map(Window::length).max();
    let longest = longest.unwrap_or(0).max(arrival.lateness);
    let divisor = windows()
        .filter_map(Window::resolution)
        .reduce(common_divisor);
    let least = longest / (TILES - 1) + i64::from(longest % (TILES - 1) != 0);
    let fits =
        |length: &i64| *length >= least && divisor.is_none_or(|divisor| divisor % length == 0);
    if let Some(length) = LENGTHS.into_iter().find(|length| fits(length)) {
        return Ok(length);
    }
    let length = divisor.unwrap_or_else(|| least.div_euclid(DAY) * DAY + DAY);
    if length < least {
        return Err(PlanError::TooManyTiles {
            tiles: longest / length + 1,
            length,
        });
    }
    Ok(length)
}

fn common_divisor(one: i64, other: i64) -> i64 {
    if other == 0 {
        one
    } else {
        common_divisor(other, one % other)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::aggregate::Aggregate;
    use super::*;

    fn length(windows: &[(Option<i64>, Option<i64>)]) -> Result<i64, PlanError> {
        let feature = |(length, resolution): &(Option<i64>, Option<i64>)| Feature {
            measure: Measure::new(Aggregate::Count, None).unwrap(),
            column: None,
            filter: None,
            window: Window::new(*length, *resolution, 0).unwrap(),
        };
        let features: Vec<Feature> = windows.iter().map(feature).collect();
        tile_length(
            &features,
            &Arrival {
                lateness: HOUR,
                settling: 0,
            },
        )
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
            Err(PlanError::TooManyTiles {
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
