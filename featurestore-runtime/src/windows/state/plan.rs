//! What a view's states look like, as it follows from its features.

use super::super::aggregate::{FinishError, Finished, Measure, Place, State};
use super::super::event::Arrival;
use super::super::feature::Feature;
#[cfg(test)]
use super::super::mutants::{self, Mutant};
use super::super::scalar::{Kind, Scalar};
use super::super::window::{Tiles, Window};
use super::error::StateError;
use super::reach::{DAY, Reach, TooManyTiles};
use super::row::Row;

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
    #[error(transparent)]
    TooManyTiles(#[from] TooManyTiles),
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
        let windows = features.iter().map(|feature| &feature.window);
        let reach = windows.fold(Reach::of_lateness(arrival.lateness), Reach::and);
        let length = reach.tile_length()?;
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

    /// The id of the declaration that states are made for.
    pub(crate) const fn id(&self) -> u32 {
        self.id
    }

    /// Whether states that are made for the declaration with this id are this one's.
    pub(crate) const fn check_declaration(&self, found: u32) -> Result<(), StateError> {
        let expected = self.id;
        if found == expected {
            return Ok(());
        }
        Err(StateError::OtherDeclaration { found, expected })
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

    /// Whether no window reaches an event of this time from a time on, so that states of then need not have
    /// it.
    pub(crate) fn is_forgotten(&self, event_time: i64, now: i64) -> bool {
        !self.is_lifetime() && self.is_unreachable(self.tiles.of(event_time), now)
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
