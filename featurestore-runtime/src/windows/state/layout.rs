//! Where an entity's rows are kept, and how they age.

use std::collections::{BTreeMap, BTreeSet};

use super::super::bytes::Damage;
use super::super::event::{EventId, Version};
use super::error::StateError;
use super::field::{Changes, Field, Stored};
use super::header::{Header, read_version, write_version};
use super::plan::Plan;
use super::row::{Row, read_rows, write_rows};
use super::summary::{Base, Body, Summary, Tile};

/// A row of a log or a source.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    /// The row.
    pub(crate) row: Row,
    /// When the log got it; nothing for rows of a source that has no log.
    pub(crate) arrived: Option<i64>,
    /// Its place in the log or the source.
    pub(crate) place: u64,
}

impl Plan {
    /// The state of an entity from all its rows that are known at `now`, which becomes the one after
    /// `number`. It is of that time: reads are of it or later, and so is what arrives after it. What the entity's other fields hold is to go: [`Plan::fields_of`] tells their names.
    pub(crate) fn rebuild(
        &self,
        rows: impl Iterator<Item = Loaded>,
        now: i64,
        number: u64,
    ) -> Result<Changes, StateError> {
        let mut newest: BTreeMap<(i64, EventId), (Version, Row)> = BTreeMap::new();
        let mut header = Header {
            number,
            complete_from: None,
            // What has not arrived by then is not in it, and what has left all windows by then need not be.
            newest: now,
            next_place: 0,
            first_with_rows: i64::MIN,
        };
        for Loaded {
            row,
            arrived,
            place,
        } in rows
        {
            if arrived.is_some_and(|arrived| arrived > now) {
                continue;
            }
            header.next_place = header.next_place.max(place.saturating_add(1));
            let Some(known) = self
                .arrival
                .known_from(row.time, arrived)
                .filter(|known| *known <= now)
            else {
                continue;
            };
            let version = Version {
                created: row.created,
                arrived: known,
                place,
            };
            let other = newest.get(&row.identity());
            if other.is_none_or(|(other, _)| *other < version) {
                newest.insert(row.identity(), (version, row));
            }
        }
        let rows = newest.into_values().map(|(_, row)| row).collect();
        let base = Base {
            uncounted: false,
            states: self.empty(),
        };
        self.lay_out(header, base, rows)
    }

    /// The fields besides the summary that a state has.
    #[cfg(test)] // for events that are applied one by one
    pub(crate) fn fields_of(&self, summary: &[u8]) -> Result<BTreeSet<Field>, StateError> {
        let summary = Summary::read(self, summary)?;
        let Body::Tiles(tiles) = &summary.body else {
            return Ok(BTreeSet::new());
        };
        let with_rows = tiles.iter().filter(|(_, tile)| tile.rows > 0);
        Ok(with_rows
            .map(|(place, tile)| self.field(*place, tile))
            .collect())
    }

    /// The field that a tile's rows are in.
    fn field(&self, place: i64, tile: &Tile) -> Field {
        if tile.own {
            Field::Tile(place)
        } else {
            Field::Group(self.group(place))
        }
    }

    /// Writes all rows of an entity, in the order of their identities.
    pub(super) fn lay_out(
        &self,
        mut header: Header,
        mut base: Base,
        mut rows: Vec<Row>,
    ) -> Result<Changes, StateError> {
        let now = header.newest;
        let reached = rows.partition_point(|row| self.is_unreachable(self.tiles.of(row.time), now));
        for row in rows.drain(..reached) {
            self.update(&mut base.states, &row)?;
        }
        header.first_with_rows = header.first_with_rows.max(self.first_with_rows(now));
        let mut draft = Draft {
            plan: self,
            summary: Summary {
                header,
                base,
                body: Body::Rows(rows),
            },
            changes: Changes::new(),
        };
        if draft.summary.write(self).len() > self.limits.summary {
            draft.cut_into_tiles()?;
        }
        draft.finish()
    }
}

/// A state that is being changed.
pub(super) struct Draft<'a> {
    pub(super) plan: &'a Plan,
    pub(super) summary: Summary,
    pub(super) changes: Changes,
}

impl Draft<'_> {
    /// Makes tiles of a summary of rows.
    fn cut_into_tiles(&mut self) -> Result<(), StateError> {
        let Body::Rows(rows) =
            std::mem::replace(&mut self.summary.body, Body::Tiles(BTreeMap::new()))
        else {
            return Err(StateError::Internal("tiles are cut into tiles"));
        };
        let mut by_tile: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
        for row in rows {
            by_tile
                .entry(self.plan.tiles.of(row.time))
                .or_default()
                .push(row);
        }
        let mut groups: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
        let first = self.summary.header.first_with_rows;
        for (place, rows) in by_tile {
            let kept = if place < first { 0 } else { rows.len() as u64 };
            let states = Tile::states_of(self.plan, rows.iter())?;
            let tile = Tile {
                rows: kept,
                own: false,
                uncounted: false,
                states,
            };
            self.tiles()?.insert(place, tile);
            if kept > 0 {
                groups
                    .entry(self.plan.group(place))
                    .or_default()
                    .extend(rows);
            }
        }
        for (group, rows) in groups {
            self.put_group(group, &rows)?;
        }
        Ok(())
    }

    pub(super) fn tiles(&mut self) -> Result<&mut BTreeMap<i64, Tile>, StateError> {
        match &mut self.summary.body {
            Body::Tiles(tiles) => Ok(tiles),
            Body::Rows(_) => Err(StateError::Internal("a summary of rows has no tiles")),
        }
    }

    /// The tiles of a group whose rows are kept.
    pub(super) fn kept_in(&self, group: i64) -> impl Iterator<Item = (i64, &Tile)> {
        let tiles = match &self.summary.body {
            Body::Tiles(tiles) => Some(tiles),
            Body::Rows(_) => None,
        };
        let begin = group.saturating_mul(self.plan.grouped);
        let range = begin..begin.saturating_add(self.plan.grouped);
        let tiles = tiles
            .into_iter()
            .flat_map(move |tiles| tiles.range(range.clone()));
        tiles
            .filter(|(_, tile)| tile.rows > 0)
            .map(|(place, tile)| (*place, tile))
    }

    /// Writes the rows of a group: into one field while they are few, else into one for each tile.
    pub(super) fn put_group(&mut self, group: i64, rows: &[Row]) -> Result<(), StateError> {
        let bytes = self.plan.rows_bytes(rows);
        if self.plan.grouped > 1 && bytes.len() <= self.plan.limits.group {
            self.changes.insert(Field::Group(group), Some(bytes.into()));
            return Ok(());
        }
        if self.plan.grouped > 1 {
            self.changes.insert(Field::Group(group), None);
        }
        for rows in rows
            .chunk_by(|one, other| self.plan.tiles.of(one.time) == self.plan.tiles.of(other.time))
        {
            let Some(first) = rows.first() else {
                continue;
            };
            let place = self.plan.tiles.of(first.time);
            let bytes = self.plan.rows_bytes(rows);
            self.changes.insert(Field::Tile(place), Some(bytes.into()));
            if let Some(tile) = self.tiles()?.get_mut(&place) {
                tile.own = true;
            }
        }
        Ok(())
    }

    /// Lets go of the rows of tiles before `first`.
    fn forget_rows(&mut self, first: i64) -> Result<(), StateError> {
        let before = self.summary.header.first_with_rows;
        if first <= before {
            return Ok(());
        }
        self.summary.header.first_with_rows = first;
        let plan = self.plan;
        let mut gone = BTreeSet::new();
        for (place, tile) in self.tiles()?.range_mut(before..first) {
            if tile.rows > 0 {
                gone.insert(plan.field(*place, tile));
                tile.rows = 0;
            }
        }
        for field in gone {
            // A group's field stays while a later tile has rows in it.
            let stays = match field {
                Field::Group(group) => self.kept_in(group).any(|(_, tile)| !tile.own),
                _ => false,
            };
            if !stays {
                self.changes.insert(field, None);
            }
        }
        Ok(())
    }

    /// Lets go of what no window needs any more, and of the oldest rows where there are too many.
    fn age(&mut self) -> Result<(), StateError> {
        let now = self.summary.header.newest;
        let plan = self.plan;
        self.forget_rows(plan.first_with_rows(now))?;
        while let Some(first) = self.tiles()?.first_entry() {
            if !plan.is_unreachable(*first.key(), now) {
                break;
            }
            let tile = first.remove();
            self.summary.base.uncounted |= tile.uncounted;
            let mut states = std::mem::take(&mut self.summary.base.states);
            for (part, state) in states.iter_mut().enumerate() {
                tile.absorb_part(plan, part, state)?;
            }
            self.summary.base.states = states;
        }
        let limit = self.plan.limits.rows;
        let mut rows: u64 = self.tiles()?.values().map(|tile| tile.rows).sum();
        while rows > limit {
            let mut tiles = self.tiles()?.iter();
            let Some((place, tile)) = tiles.find(|(_, tile)| tile.rows > 0) else {
                break;
            };
            let (place, gone) = (*place, tile.rows);
            self.forget_rows(place + 1)?;
            rows -= gone;
        }
        Ok(())
    }

    /// What the store is to have.
    pub(super) fn finish(mut self) -> Result<Changes, StateError> {
        if let Body::Tiles(_) = self.summary.body {
            self.age()?;
        }
        let header = &mut self.summary.header;
        header.number = header.number.wrapping_add(1);
        let summary = self.summary.write(self.plan);
        self.changes.insert(Field::Summary, Some(summary.into()));
        Ok(self.changes)
    }
}

impl Plan {
    /// The bytes of a field of rows.
    pub(super) fn rows_bytes(&self, rows: &[Row]) -> Vec<u8> {
        let mut out = Vec::new();
        write_version(&mut out, self.id);
        write_rows(&mut out, rows.iter());
        out
    }

    /// The rows of a field, of which its summary counts so many in tiles from `first` on.
    pub(super) fn stored_rows(
        &self,
        stored: &Stored,
        field: Field,
        first: i64,
        count: u64,
    ) -> Result<Vec<Row>, StateError> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let mut bytes = &stored.get(&field).ok_or(StateError::Gone { field })?[..];
        read_version(&mut bytes, self.id, field)?;
        let damaged = |damage| StateError::Damaged { field, damage };
        let mut rows = read_rows(&mut bytes, &self.columns).map_err(damaged)?;
        rows.retain(|row| self.tiles.of(row.time) >= first);
        if rows.len() as u64 != count || !bytes.is_empty() {
            return Err(damaged(Damage(
                "its rows are not those that the summary counts",
            )));
        }
        Ok(rows)
    }
}
