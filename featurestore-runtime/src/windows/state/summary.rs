//! The summary of an entity: all its rows, or a state per tile.

use std::collections::BTreeMap;

use super::super::aggregate::State;
use super::super::bytes::{
    Damage, read_count, read_entries, read_wide, take_byte, take_counted, unzigzag, write_counted,
    write_wide, zigzag,
};
use super::super::window::TIME_LIMIT;
use super::error::StateError;
use super::field::Field;
use super::header::{Header, read_version, write_version};
use super::plan::Plan;
use super::row::{Row, read_rows, write_rows};
use crate::codec::integers::write_unsigned;

/// A tile that has events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tile {
    /// How many rows of it are kept.
    pub(super) rows: u64,
    /// Whether they are in a field of their own, not in that of its group.
    pub(super) own: bool,
    /// Whether there was a row that could not be counted, since the rows before it are gone.
    pub(super) uncounted: bool,
    /// The bytes of each part's state.
    pub(super) states: Vec<u8>,
}

const OWN: u8 = 1;
const UNCOUNTED: u8 = 2;

/// What an entity's events are in.
#[derive(Debug, Clone)]
pub(super) enum Body {
    /// All rows, in order.
    Rows(Vec<Row>),
    /// Tiles, by their places.
    Tiles(BTreeMap<i64, Tile>),
}

/// What is before all tiles: the parts of windows of the whole past.
#[derive(Debug, Clone)]
pub(super) struct Base {
    pub(super) uncounted: bool,
    /// A state for each part; of those that no window of the whole past is of, that of no row.
    pub(super) states: Vec<State>,
}

/// A summary.
#[derive(Debug, Clone)]
pub(super) struct Summary {
    pub(super) header: Header,
    pub(super) base: Base,
    pub(super) body: Body,
}

impl Summary {
    pub(super) fn write(&self, plan: &Plan) -> Vec<u8> {
        let mut out = Vec::new();
        write_version(&mut out, plan.id);
        self.header.write(&mut out);
        if plan.is_lifetime() {
            out.push(u8::from(self.base.uncounted) * UNCOUNTED);
            for (part, state) in plan.parts.iter().zip(&self.base.states) {
                if part.lifetime {
                    state.write(&mut out);
                }
            }
        }
        match &self.body {
            Body::Rows(rows) => {
                out.push(0);
                write_rows(&mut out, rows.iter());
            }
            Body::Tiles(tiles) => {
                out.push(1);
                write_tiles(&mut out, tiles);
            }
        }
        out
    }

    /// Takes what a summary says of itself.
    pub(super) fn read_header(plan: &Plan, bytes: &mut &[u8]) -> Result<Header, StateError> {
        read_version(bytes, plan.id, Field::Summary)?;
        Header::read(bytes).map_err(damaged)
    }

    pub(super) fn read(plan: &Plan, mut bytes: &[u8]) -> Result<Self, StateError> {
        let field = Field::Summary;
        let header = Self::read_header(plan, &mut bytes)?;
        let mut rest = || -> Result<Self, Damage> {
            let mut base = Base {
                uncounted: false,
                states: plan.empty(),
            };
            if plan.is_lifetime() {
                base.uncounted = match take_byte(&mut bytes)? {
                    0 => false,
                    UNCOUNTED => true,
                    _ => return Err(Damage("a flag means nothing")),
                };
                for (part, state) in plan.parts.iter().zip(&mut base.states) {
                    if part.lifetime {
                        state.absorb(&part.measure, &mut bytes)?;
                    }
                }
            }
            let body = match take_byte(&mut bytes)? {
                0 => Body::Rows(read_rows(&mut bytes, &plan.columns)?),
                1 => Body::Tiles(read_tiles(plan, &mut bytes)?),
                _ => return Err(Damage("neither rows nor tiles")),
            };
            if !bytes.is_empty() {
                return Err(Damage("something follows its end"));
            }
            Ok(Self { header, base, body })
        };
        rest().map_err(|damage| StateError::Damaged { field, damage })
    }
}

fn write_tiles(out: &mut Vec<u8>, tiles: &BTreeMap<i64, Tile>) {
    write_unsigned(out, tiles.len() as u64);
    let mut before = 0;
    for (place, tile) in tiles {
        write_wide(out, zigzag(i128::from(*place) - i128::from(before)));
        before = *place;
        write_unsigned(out, tile.rows);
        out.push(u8::from(tile.own) * OWN + u8::from(tile.uncounted) * UNCOUNTED);
        write_counted(out, &tile.states);
    }
}

fn read_tiles(plan: &Plan, bytes: &mut &[u8]) -> Result<BTreeMap<i64, Tile>, Damage> {
    let mut tiles = BTreeMap::new();
    let limit = TIME_LIMIT / plan.tiles.length() + 1;
    let mut before: Option<i64> = None;
    for _ in 0..read_entries(bytes, 4)? {
        let place = i128::from(before.unwrap_or(0)).checked_add(unzigzag(read_wide(bytes)?));
        let place = place.and_then(|place| i64::try_from(place).ok());
        let place = place.filter(|place| (-limit..=limit).contains(place));
        let place = place.ok_or(Damage("a tile is out of range"))?;
        if before.is_some_and(|before| before >= place) {
            return Err(Damage("tiles are out of order"));
        }
        before = Some(place);
        let rows = read_count(bytes)?;
        let flags = take_byte(bytes)?;
        if flags & !(OWN | UNCOUNTED) != 0 {
            return Err(Damage("a flag means nothing"));
        }
        let states = take_counted(bytes)?.to_vec();
        let (own, uncounted) = (flags & OWN != 0, flags & UNCOUNTED != 0);
        tiles.insert(
            place,
            Tile {
                rows,
                own,
                uncounted,
                states,
            },
        );
    }
    Ok(tiles)
}

impl Tile {
    /// The bytes of the states of rows.
    pub(super) fn states_of<'a>(
        plan: &Plan,
        rows: impl Iterator<Item = &'a Row>,
    ) -> Result<Vec<u8>, StateError> {
        let mut states = plan.empty();
        for row in rows {
            plan.update(&mut states, row)?;
        }
        Ok(write_states(&states))
    }

    /// Its states.
    #[cfg(test)] // for events that are applied one by one
    pub(super) fn read_states(&self, plan: &Plan) -> Result<Vec<State>, StateError> {
        let mut states = plan.empty();
        for (part, state) in states.iter_mut().enumerate() {
            self.absorb_part(plan, part, state)?;
        }
        Ok(states)
    }

    /// Takes the state of one part into another.
    pub(super) fn absorb_part(
        &self,
        plan: &Plan,
        part: usize,
        state: &mut State,
    ) -> Result<(), StateError> {
        let mut bytes = self.states.as_slice();
        for _ in 0..part {
            take_counted(&mut bytes).map_err(damaged)?;
        }
        let mut own = take_counted(&mut bytes).map_err(damaged)?;
        let measure = plan.parts.get(part).map(|part| &part.measure);
        let measure = measure.ok_or(StateError::Internal("a feature has no part"))?;
        state.absorb(measure, &mut own).map_err(damaged)?;
        let last = part + 1 == plan.parts.len();
        if own.is_empty() && (!last || bytes.is_empty()) {
            return Ok(());
        }
        Err(damaged(Damage("something follows a tile's state")))
    }
}

/// The bytes of a tile's states, each with its length, so that a read goes to the one that it needs.
pub(super) fn write_states(states: &[State]) -> Vec<u8> {
    let (mut out, mut own) = (Vec::new(), Vec::new());
    for state in states {
        own.clear();
        state.write(&mut own);
        write_counted(&mut out, &own);
    }
    out
}

/// The summary is damaged.
pub(super) const fn damaged(damage: Damage) -> StateError {
    StateError::Damaged {
        field: Field::Summary,
        damage,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::event::Arrival;
    use super::super::Limits;
    use super::*;

    #[test]
    fn a_tile_that_no_event_falls_into_is_damage() {
        let arrival = Arrival {
            lateness: 1,
            settling: 0,
        };
        let plan = Plan::new(7, vec![], vec![], arrival, Limits::default()).unwrap();
        let header = Header {
            number: 1,
            complete_from: None,
            newest: 0,
            next_place: 0,
            first_with_rows: 0,
        };
        let read = |place: i64| {
            let tile = Tile {
                rows: 0,
                own: false,
                uncounted: false,
                states: Vec::new(),
            };
            let base = Base {
                uncounted: false,
                states: Vec::new(),
            };
            let body = Body::Tiles(BTreeMap::from([(place, tile)]));
            Summary::read(&plan, &Summary { header, base, body }.write(&plan))
        };
        assert!(read(TIME_LIMIT / plan.tiles.length()).is_ok());
        for place in [i64::MAX, i64::MIN, TIME_LIMIT / plan.tiles.length() + 2] {
            assert!(matches!(read(place), Err(StateError::Damaged { .. })));
        }
    }
}
