//! An event comes in.

use super::super::bytes::Damage;
#[cfg(test)]
use super::super::mutants::{self, Mutant};
use super::super::window::{TIME_LIMIT, TimeOutOfRange, is_in_range};
use super::error::StateError;
use super::field::{Changes, Field, Stored};
use super::header::Header;
use super::layout::Draft;
use super::plan::Plan;
use super::row::Row;
use super::summary::{Base, Body, Summary, Tile, write_states};

/// A row as the log has it.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    /// The row.
    pub(crate) row: Row,
    /// When the log got it.
    pub(crate) arrived: i64,
    /// Its place among the entity's rows in the log, which grows: what was applied is known by it.
    pub(crate) place: u64,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It counts from now on.
    Counted,
    /// It changes nothing: it was applied, repeats one that was, or is older than one.
    Known,
    /// It arrived too late to ever count.
    Late,
    /// The rows that it would be compared with are gone, since the entity has too many: windows that
    /// hold its tile are errors from now on, until the state is rebuilt.
    Uncounted,
}

impl Plan {
    /// The fields that an event of a time can change.
    pub(crate) fn fields_to_apply(&self, time: i64) -> [Field; 3] {
        let tile = self.tiles.of(time);
        [
            Field::Summary,
            Field::Group(self.group(tile)),
            Field::Tile(tile),
        ]
    }

    /// Applies a row to what the store has under [`Plan::fields_to_apply`].
    ///
    /// Where there is no state, `complete_from` says from when on all events of the entity will be in
    /// it: nothing where the view was loaded, so that there were none; else no earlier than now, and as
    /// much later as events may be ahead of their arrival.
    pub(crate) fn apply(
        &self,
        stored: &Stored,
        event: &Arrived,
        complete_from: Option<i64>,
    ) -> Result<(Outcome, Changes), StateError> {
        let Arrived {
            row,
            arrived,
            place,
        } = event;
        for time in [row.time, *arrived] {
            if !is_in_range(time) {
                return Err(TimeOutOfRange(time).into());
            }
        }
        self.check(row)?;
        let late = self.arrival.known_from(row.time, Some(*arrived)).is_none();
        #[cfg(test)]
        let late = late && !mutants::is(Mutant::LateCounts);
        if late {
            return Ok((Outcome::Late, Changes::new()));
        }
        let mut summary = match stored.get(&Field::Summary) {
            Some(bytes) => Summary::read(self, bytes)?,
            None => self.no_event(complete_from),
        };
        let fence = summary.header.next_place;
        #[cfg(test)]
        let fence = if mutants::is(Mutant::NoFence) {
            0
        } else {
            fence
        };
        if *place < fence {
            return Ok((Outcome::Known, Changes::new()));
        }
        let newest = summary.header.newest;
        #[cfg(test)]
        let newest = if mutants::is(Mutant::NoFence) {
            *arrived
        } else {
            newest
        };
        if *arrived < newest {
            return Err(StateError::Backwards {
                arrived: *arrived,
                newest,
            });
        }
        summary.header.newest = summary.header.newest.max(*arrived);
        summary.header.next_place = summary.header.next_place.max(place.saturating_add(1));
        if let Body::Rows(rows) = &mut summary.body {
            let mut rows = std::mem::take(rows);
            let outcome = put(&mut rows, row);
            let changes = self.lay_out(summary.header, summary.base, rows)?;
            return Ok((outcome.into(), changes));
        }
        let mut draft = Draft {
            plan: self,
            summary,
            changes: Changes::new(),
        };
        let outcome = draft.put(stored, row)?;
        Ok((outcome, draft.finish()?))
    }

    fn no_event(&self, complete_from: Option<i64>) -> Summary {
        let header = Header {
            number: 0,
            complete_from,
            newest: -TIME_LIMIT,
            next_place: 0,
            first_with_rows: i64::MIN,
        };
        let base = Base {
            uncounted: false,
            states: self.empty(),
        };
        Summary {
            header,
            base,
            body: Body::Rows(Vec::new()),
        }
    }

    /// A row has a value, or none, for each column.
    fn check(&self, row: &Row) -> Result<(), StateError> {
        let mut values = row.values.iter().zip(&self.columns);
        let fits = values.all(|(value, kind)| {
            value
                .as_ref()
                .is_none_or(|value| value.borrow().is_of(*kind))
        });
        if fits && row.values.len() == self.columns.len() {
            return Ok(());
        }
        Err(StateError::Internal(
            "a row has other columns than its view's features",
        ))
    }
}

/// What a row does to rows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Put {
    New,
    Replaced,
    Nothing,
}

impl From<Put> for Outcome {
    fn from(put: Put) -> Self {
        match put {
            Put::New | Put::Replaced => Self::Counted,
            Put::Nothing => Self::Known,
        }
    }
}

/// Puts the newest row of the log among others, which stand in order of their identities.
fn put(rows: &mut Vec<Row>, row: &Row) -> Put {
    match rows.binary_search_by_key(&row.identity(), Row::identity) {
        Err(place) => {
            rows.insert(place, row.clone());
            Put::New
        }
        Ok(place) if rows[place].created > row.created || rows[place] == *row => Put::Nothing,
        Ok(place) => {
            rows[place] = row.clone();
            Put::Replaced
        }
    }
}

impl Draft<'_> {
    fn put(&mut self, stored: &Stored, row: &Row) -> Result<Outcome, StateError> {
        let plan = self.plan;
        let place = plan.tiles.of(row.time);
        let first = self.summary.header.first_with_rows;
        if place < first {
            let nothing = || Tile {
                rows: 0,
                own: false,
                uncounted: true,
                states: write_states(&plan.empty()),
            };
            self.tiles()?.entry(place).or_insert_with(nothing).uncounted = true;
            return Ok(Outcome::Uncounted);
        }
        let group = plan.group(place);
        let own = plan.grouped == 1 || self.kept_in(group).any(|(_, tile)| tile.own);
        let tiles = self
            .kept_in(group)
            .filter(|(other, _)| !own || *other == place);
        let count = tiles.map(|(_, tile)| tile.rows).sum();
        let field = if own {
            Field::Tile(place)
        } else {
            Field::Group(group)
        };
        let mut rows = plan.stored_rows(stored, field, first, count)?;
        let put = put(&mut rows, row);
        if put == Put::Nothing {
            return Ok(Outcome::Known);
        }
        let of_tile = rows.iter().filter(|row| plan.tiles.of(row.time) == place);
        let kept = of_tile.clone().count() as u64;
        let tile = self.tiles()?.get(&place);
        let states = match tile {
            // What is new only adds to the tile's states; else they are made anew.
            Some(tile) if put == Put::New => {
                let mut states = tile.read_states(plan)?;
                plan.update(&mut states, row)?;
                write_states(&states)
            }
            _ => Tile::states_of(plan, of_tile)?,
        };
        let uncounted = tile.is_some_and(|tile| tile.uncounted);
        if tile.is_some_and(|tile| tile.rows + u64::from(put == Put::New) != kept) {
            return Err(StateError::Damaged {
                field,
                damage: Damage("its rows are not those that the summary counts"),
            });
        }
        self.tiles()?.insert(
            place,
            Tile {
                rows: kept,
                own,
                uncounted,
                states,
            },
        );
        if own {
            let bytes = plan.rows_bytes(&rows);
            self.changes.insert(field, Some(bytes.into()));
        } else {
            self.put_group(group, &rows)?;
        }
        Ok(Outcome::Counted)
    }
}
