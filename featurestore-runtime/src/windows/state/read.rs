//! The features of an entity at a time.

use std::collections::{BTreeMap, BTreeSet};

use super::super::aggregate::{Finished, State};
use super::super::bytes::Damage;
use super::super::feature::Feature;
#[cfg(test)]
use super::super::mutants::{self, Mutant};
use super::super::window::{Span, TimeOutOfRange};
use super::error::{StateError, Unanswered};
use super::field::{Field, Stored};
use super::plan::Plan;
use super::row::Row;
use super::summary::{Body, Summary, damaged};

/// A feature's value, or why it has none.
pub(crate) type Answer = Result<Finished, Unanswered>;

impl Plan {
    /// The fields that a read at a time needs: the summary, and the rows of the tiles that an end of
    /// a window cuts.
    pub(crate) fn fields_to_read(&self, time: i64) -> Result<BTreeSet<Field>, TimeOutOfRange> {
        let mut fields = BTreeSet::from([Field::Summary]);
        for tile in self.cut_tiles(time)? {
            fields.insert(Field::Group(self.group(tile)));
            fields.insert(Field::Tile(tile));
        }
        Ok(fields)
    }

    /// The tiles that the ends of windows cut at a time. A rounded start is where a tile begins.
    fn cut_tiles(&self, time: i64) -> Result<BTreeSet<i64>, TimeOutOfRange> {
        let mut cut = BTreeSet::new();
        for feature in &self.features {
            let Span { after, until } = feature.window.at(time)?;
            let ends = after.into_iter().chain([until]);
            cut.extend(
                ends.map(|end| (end, self.tiles.of(end)))
                    .filter_map(|(end, tile)| (self.tiles.end(tile) != end).then_some(tile)),
            );
        }
        Ok(cut)
    }

    /// The number of a state, which whoever changes it compares.
    #[cfg(test)] // for events that are applied one by one
    pub(crate) fn number(&self, summary: &[u8]) -> Result<u64, StateError> {
        Ok(Summary::read(self, summary)?.header.number)
    }

    /// When the newest row of a state arrived, or the time that it was made for; reads are of that time
    /// or later. No more of the summary is looked at than says so.
    pub(crate) fn newest(&self, summary: &[u8]) -> Result<i64, StateError> {
        Ok(Summary::read_header(self, &mut { summary })?.newest)
    }

    /// All features at a time, of what the store has under [`Plan::fields_to_read`]; nothing where it
    /// has no state.
    pub(crate) fn read(
        &self,
        stored: &Stored,
        time: i64,
    ) -> Result<Option<Vec<Answer>>, StateError> {
        let Some(bytes) = stored.get(&Field::Summary) else {
            return Ok(None);
        };
        let summary = Summary::read(self, bytes)?;
        let newest = summary.header.newest;
        if time < newest {
            return Err(StateError::Past {
                asked: time,
                newest,
            });
        }
        let rows = self.cut_rows(&summary, stored, time)?;
        let mut answers = Vec::with_capacity(self.features.len());
        for (feature, part) in self.features.iter().zip(&self.part_of) {
            let span = feature.window.at(time)?;
            answers.push(match self.state(&summary, &rows, *part, span)? {
                Ok(state) => finish(feature, &state)?,
                Err(unanswered) => Err(unanswered),
            });
        }
        Ok(Some(answers))
    }

    /// Whether `fields` are among those that a read at a time needs besides the summary.
    pub(crate) fn covers(&self, fields: &[Field], time: i64) -> Result<bool, TimeOutOfRange> {
        for feature in &self.features {
            let Span { after, until } = feature.window.at(time)?;
            for end in after.into_iter().chain([until]) {
                let tile = self.tiles.of(end);
                if self.tiles.end(tile) != end && !fields.contains(&Field::Tile(tile)) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// The rows of the tiles that ends of windows cut, as far as they are kept.
    fn cut_rows(
        &self,
        summary: &Summary,
        stored: &Stored,
        time: i64,
    ) -> Result<BTreeMap<i64, Vec<Row>>, StateError> {
        let mut cut = BTreeMap::new();
        let Body::Tiles(tiles) = &summary.body else {
            return Ok(cut);
        };
        let first = summary.header.first_with_rows;
        for place in self.cut_tiles(time)? {
            let Some(tile) = tiles.get(&place).filter(|tile| tile.rows > 0) else {
                continue;
            };
            let rows = if tile.own {
                self.stored_rows(stored, Field::Tile(place), first, tile.rows)?
            } else {
                let group = self.group(place);
                let range = group * self.grouped..(group + 1) * self.grouped;
                let count = tiles.range(range).map(|(_, tile)| tile.rows).sum();
                let mut rows = self.stored_rows(stored, Field::Group(group), first, count)?;
                rows.retain(|row| self.tiles.of(row.time) == place);
                rows
            };
            cut.insert(place, rows);
        }
        Ok(cut)
    }

    /// A part's state over a window.
    fn state(
        &self,
        summary: &Summary,
        rows: &BTreeMap<i64, Vec<Row>>,
        place: usize,
        span: Span,
    ) -> Result<Result<State, Unanswered>, StateError> {
        let part = self
            .parts
            .get(place)
            .ok_or(StateError::Internal("a feature has no part"))?;
        if let Some(from) = summary.header.complete_from
            && span.after.is_none_or(|after| after < from)
        {
            return Ok(Err(Unanswered::NotLoaded { from }));
        }
        let gone = |tile: i64| {
            let (until, limit) = (self.tiles.end(tile), self.limits.rows);
            Ok(Err(Unanswered::TooManyRows { until, limit }))
        };
        let mut state = State::new(&part.measure);
        if span.after.is_none() {
            if summary.base.uncounted {
                return gone(summary.header.first_with_rows - 1);
            }
            let base = summary.base.states.get(place);
            state.merge(base.ok_or(StateError::Internal("a part has no state"))?)?;
        }
        let tiles = match &summary.body {
            Body::Rows(rows) => {
                for row in rows.iter().filter(|row| span.holds(row.time)) {
                    part.update(&mut state, row)?;
                }
                return Ok(Ok(state));
            }
            Body::Tiles(tiles) => tiles,
        };
        let first = span.after.map_or(i64::MIN, |after| self.tiles.of(after));
        for (tile, held) in tiles.range(first..=self.tiles.of(span.until)) {
            let (start, end) = (self.tiles.start(*tile), self.tiles.end(*tile));
            if span.after.is_some_and(|after| end <= after) {
                continue;
            }
            if held.uncounted {
                return gone(*tile);
            }
            let whole = end <= span.until;
            #[cfg(test)]
            let whole = whole || mutants::is(Mutant::HeadTileWhole);
            if whole && span.after.is_none_or(|after| after <= start) {
                held.absorb_part(self, place, &mut state)?;
            } else if *tile < summary.header.first_with_rows {
                return gone(*tile);
            } else {
                let rows = rows.get(tile).filter(|rows| rows.len() as u64 == held.rows);
                let rows =
                    rows.ok_or_else(|| damaged(Damage("a tile has no rows and is there")))?;
                for row in rows.iter().filter(|row| span.holds(row.time)) {
                    part.update(&mut state, row)?;
                }
            }
        }
        Ok(Ok(state))
    }
}

/// A state's result. Damage that only shows at the end is the whole state's.
fn finish(feature: &Feature, state: &State) -> Result<Answer, StateError> {
    use super::super::aggregate::FinishError;
    match state.finish(&feature.measure) {
        Err(FinishError::Damaged(damage)) => Err(damaged(damage)),
        Err(error @ FinishError::Internal(_)) => Err(error.into()),
        Err(error) => Ok(Err(error.into())),
        Ok(value) => Ok(Ok(value)),
    }
}
