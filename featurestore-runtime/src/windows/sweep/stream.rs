//! The pass itself: events and entity rows come in batches, one key after the other.

use std::ops::Range;

use super::super::event::Arrival;
use super::super::feature::Feature;
use super::super::window::{TimeOutOfRange, is_in_range};
use super::columns::Events;
use super::error::SweepError;
use super::key::Windows;
use super::slide::Results;

/// A batch of events with their keys. Over all batches keys ascend, and times within a key.
#[derive(Debug)]
pub(crate) struct KeyedEvents {
    /// The keys' numbers.
    pub(crate) keys: Vec<u64>,
    /// The events.
    pub(crate) events: Events,
}

/// A batch of entity rows. Over all batches keys ascend, and times within a key.
#[derive(Debug)]
pub(crate) struct EntityRows {
    /// The keys' numbers.
    pub(crate) keys: Vec<u64>,
    /// The times that features are asked for.
    pub(crate) times: Vec<i64>,
    /// The rows' own numbers.
    pub(crate) numbers: Vec<u64>,
}

/// A feature of some entity rows.
#[derive(Debug)]
pub(crate) struct Answers<'a> {
    /// Its place among the features.
    pub(crate) feature: usize,
    /// The key that the rows are of.
    pub(crate) key: u64,
    /// The rows' numbers.
    pub(crate) rows: &'a [u64],
    /// A result for each.
    pub(crate) results: Results,
}

/// How many rows are read ahead at least before results are made.
const AHEAD: usize = 1 << 16;

/// What a pass is of.
#[derive(Debug)]
pub(crate) struct Sweep<'a> {
    windows: Windows<'a>,
    arrival: Arrival,
    limit: usize,
    ahead: usize,
}

impl<'a> Sweep<'a> {
    /// A pass for features of one source. No key may have more than `limit` rows in its longest
    /// window.
    pub(crate) fn new(features: &'a [Feature], arrival: Arrival, limit: usize) -> Self {
        Self {
            windows: Windows::new(features),
            arrival,
            limit,
            ahead: AHEAD,
        }
    }

    /// Reads so many rows ahead.
    #[cfg(test)]
    pub(crate) fn ahead(self, ahead: usize) -> Self {
        Self { ahead, ..self }
    }

    /// Makes the pass. Each feature of each entity row is put once; those of a key's rows in order.
    pub(crate) fn run(
        &self,
        events: impl Iterator<Item = KeyedEvents>,
        rows: impl Iterator<Item = EntityRows>,
        mut put: impl FnMut(Answers<'_>),
    ) -> Result<(), SweepError> {
        let mut events = Reader::new(events, "events");
        let mut rows = Reader::new(rows, "entity rows");
        while let Some(key) = rows.key()? {
            events.skip_to(key)?;
            self.key(key, &mut events, &mut rows, &mut put)?;
        }
        Ok(())
    }

    fn key(
        &self,
        key: u64,
        events: &mut Reader<impl Iterator<Item = KeyedEvents>>,
        rows: &mut Reader<impl Iterator<Item = EntityRows>>,
        put: &mut impl FnMut(Answers<'_>),
    ) -> Result<(), SweepError> {
        let mut held: Option<Events> = None;
        loop {
            let wanted = held.as_ref().map_or(0, Events::len) + self.ahead;
            let whole = read_events(key, events, &mut held, wanted)?;
            // Events of the last time may follow, so only earlier entity rows have all that count.
            let last = held.as_ref().and_then(|held| held.times.last().copied());
            let until = if whole { None } else { last };
            while let Some(asked) = read_rows(key, rows, until, self.ahead)? {
                self.answer(key, held.as_ref(), &asked, put)?;
            }
            let Some(next) = rows.time(key)? else {
                return Ok(());
            };
            if let Some(held) = &mut held {
                let gone = held
                    .times
                    .partition_point(|time| self.windows.leave(*time) <= next);
                held.drop_first(gone);
                if held.len() > self.limit {
                    let (rows, limit) = (held.len(), self.limit);
                    return Err(SweepError::TooHeavy { key, rows, limit });
                }
            }
            if whole {
                return Err(SweepError::Internal("entity rows of a key are left over"));
            }
        }
    }

    fn answer(
        &self,
        key: u64,
        held: Option<&Events>,
        asked: &EntityRows,
        put: &mut impl FnMut(Answers<'_>),
    ) -> Result<(), SweepError> {
        let put = |feature, results| {
            put(Answers {
                feature,
                key,
                rows: &asked.numbers,
                results,
            });
        };
        match held {
            Some(held) => self
                .windows
                .results(key, held, &self.arrival, &asked.times, put),
            None => {
                self.windows.results_of_nothing(asked.times.len(), put);
                Ok(())
            }
        }
    }
}

/// Takes events of a key until there are so many; whether these are all.
fn read_events(
    key: u64,
    events: &mut Reader<impl Iterator<Item = KeyedEvents>>,
    held: &mut Option<Events>,
    wanted: usize,
) -> Result<bool, SweepError> {
    while events.key()? == Some(key) {
        let length = held.as_ref().map_or(0, Events::len);
        if length >= wanted {
            return Ok(false);
        }
        let Some((batch, part)) = events.take(wanted - length)? else {
            break;
        };
        for time in &batch.events.times[part.clone()] {
            check("an event", key, *time)?;
        }
        let held = held.get_or_insert_with(|| Events::empty(&batch.events));
        if !held.append(&batch.events, part) {
            return Err(SweepError::Internal(
                "batches of events have different columns",
            ));
        }
    }
    Ok(true)
}

/// Takes entity rows of a key before a time, up to so many; nothing where there are none.
fn read_rows(
    key: u64,
    rows: &mut Reader<impl Iterator<Item = EntityRows>>,
    until: Option<i64>,
    most: usize,
) -> Result<Option<EntityRows>, SweepError> {
    let mut asked = EntityRows {
        keys: Vec::new(),
        times: Vec::new(),
        numbers: Vec::new(),
    };
    while asked.times.len() < most {
        let Some(time) = rows
            .time(key)?
            .filter(|time| until.is_none_or(|until| *time < until))
        else {
            break;
        };
        check("an entity row", key, time)?;
        let Some((batch, part)) = rows.take(most - asked.times.len())? else {
            break;
        };
        let times = &batch.times[part.clone()];
        let count = until.map_or(times.len(), |until| {
            times.partition_point(|time| *time < until)
        });
        asked.times.extend_from_slice(&times[..count]);
        asked
            .numbers
            .extend_from_slice(&batch.numbers[part.start..part.start + count]);
        let left = times.len() - count;
        rows.give_back(left);
        if let Some(last) = asked.times.last() {
            check("an entity row", key, *last)?;
        }
    }
    Ok((!asked.times.is_empty()).then_some(asked))
}

fn check(what: &'static str, key: u64, time: i64) -> Result<(), SweepError> {
    if is_in_range(time) {
        return Ok(());
    }
    let error = TimeOutOfRange(time);
    Err(SweepError::Time { key, what, error })
}

/// Rows that stand in order of key and time.
trait Batch {
    fn keys(&self) -> &[u64];
    fn times(&self) -> &[i64];
}

impl Batch for KeyedEvents {
    fn keys(&self) -> &[u64] {
        &self.keys
    }

    fn times(&self) -> &[i64] {
        &self.events.times
    }
}

impl Batch for EntityRows {
    fn keys(&self) -> &[u64] {
        &self.keys
    }

    fn times(&self) -> &[i64] {
        &self.times
    }
}

/// Where a pass is in its batches.
struct Reader<I: Iterator> {
    batches: I,
    what: &'static str,
    batch: Option<I::Item>,
    place: usize,
    /// The last row before the batch.
    before: Option<(u64, i64)>,
}

impl<B: Batch, I: Iterator<Item = B>> Reader<I> {
    fn new(batches: I, what: &'static str) -> Self {
        Self {
            batches,
            what,
            batch: None,
            place: 0,
            before: None,
        }
    }

    /// Goes on to a row that is not taken, if there is one.
    fn fill(&mut self) -> Result<Option<&B>, SweepError> {
        while self
            .batch
            .as_ref()
            .is_none_or(|batch| self.place >= batch.keys().len())
        {
            let Some(batch) = self.batches.next() else {
                return Ok(None);
            };
            self.check_order(&batch)?;
            self.batch = Some(batch);
            self.place = 0;
        }
        Ok(self.batch.as_ref())
    }

    fn check_order(&mut self, batch: &B) -> Result<(), SweepError> {
        let (keys, times) = (batch.keys(), batch.times());
        if keys.len() != times.len() {
            return Err(SweepError::Internal(
                "a batch has columns of different lengths",
            ));
        }
        let rows = || keys.iter().copied().zip(times.iter().copied());
        let first = rows().next();
        let starts = self
            .before
            .zip(first)
            .is_none_or(|(before, first)| before <= first);
        if !starts || !rows().is_sorted() {
            return Err(SweepError::Internal(if self.what == "events" {
                "events are not sorted by key and time"
            } else {
                "entity rows are not sorted by key and time"
            }));
        }
        self.before = rows().next_back().or(self.before);
        Ok(())
    }

    /// The key of the next row.
    fn key(&mut self) -> Result<Option<u64>, SweepError> {
        let place = |reader: &Self| reader.place;
        self.fill()?;
        Ok(self
            .batch
            .as_ref()
            .and_then(|batch| batch.keys().get(place(self)).copied()))
    }

    /// The time of the next row, if it is of a key.
    fn time(&mut self, key: u64) -> Result<Option<i64>, SweepError> {
        if self.key()? != Some(key) {
            return Ok(None);
        }
        Ok(self
            .batch
            .as_ref()
            .and_then(|batch| batch.times().get(self.place).copied()))
    }

    /// Leaves out rows of keys before a key.
    fn skip_to(&mut self, key: u64) -> Result<(), SweepError> {
        while self.key()?.is_some_and(|own| own < key) {
            if let Some(batch) = &self.batch {
                self.place += batch.keys()[self.place..].partition_point(|own| *own < key);
            }
        }
        Ok(())
    }

    /// Takes rows of the next row's key out of its batch, up to so many.
    fn take(&mut self, most: usize) -> Result<Option<(&B, Range<usize>)>, SweepError> {
        self.fill()?;
        let Some(batch) = &self.batch else {
            return Ok(None);
        };
        let keys = &batch.keys()[self.place..];
        let Some(key) = keys.first() else {
            return Ok(None);
        };
        let count = keys.partition_point(|own| own == key).min(most);
        let begin = self.place;
        self.place += count;
        Ok(Some((batch, begin..begin + count)))
    }

    /// Gives back the last rows that were taken.
    const fn give_back(&mut self, rows: usize) {
        self.place -= rows;
    }
}
