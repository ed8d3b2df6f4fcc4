//! The first and the last values.

use super::super::bytes::{
    Damage, read_entries, read_owned, read_wide, unzigzag, write_scalar, write_wide, zigzag,
};
use super::super::event::EventId;
use super::super::scalar::{Kind, Scalar, ScalarRef};
use super::super::window::is_in_range;
use crate::codec::integers::write_unsigned;

/// Which end of the events' order: event time, then id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The earliest events.
    First,
    /// The latest events.
    Last,
}

/// Where an event stands among others of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Its event time.
    pub(crate) time: i64,
    /// Its id.
    pub(crate) id: EventId,
}

/// The values of the first or the last `count` events that have one, in the events' order.
///
/// Bytes: how many there are, a packed integer; of each its event time (the first one's as it is, then
/// the difference to the one before), its id and its value, numbers of up to 128 bits but for the value.
#[derive(Debug, Clone)]
pub(crate) struct Ends {
    end: End,
    count: usize,
    entries: Vec<(Place, Scalar)>,
}

impl Ends {
    pub(crate) const fn new(end: End, count: u16) -> Self {
        Self {
            end,
            count: count as usize,
            entries: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, place: Place, value: ScalarRef<'_>) {
        let index = self.entries.partition_point(|(own, _)| *own < place);
        if self.entries.len() == self.count {
            // Behind the last that is wanted, or before the first.
            let useless = match self.end {
                End::First => index == self.count,
                End::Last => index == 0,
            };
            if useless {
                return;
            }
        }
        self.entries.insert(index, (place, value.to_owned()));
        if self.entries.len() > self.count {
            match self.end {
                End::First => drop(self.entries.pop()),
                End::Last => drop(self.entries.remove(0)),
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (place, value) in &other.entries {
            self.add(*place, value.borrow());
        }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        write_unsigned(out, self.entries.len() as u64);
        let mut before = 0;
        for (place, value) in &self.entries {
            write_wide(out, zigzag(i128::from(place.time - before)));
            before = place.time;
            write_wide(out, place.id.0);
            write_scalar(out, value.borrow());
        }
    }

    pub(crate) fn absorb(&mut self, bytes: &mut &[u8], kind: Kind) -> Result<(), Damage> {
        // A time and an id have a byte at least, and so has a value.
        let count = read_entries(bytes, 3)?;
        if count > self.count {
            return Err(Damage("there are more values than are kept"));
        }
        let mut before: Option<Place> = None;
        for _ in 0..count {
            let step = i64::try_from(unzigzag(read_wide(bytes)?)).ok();
            let time = step.and_then(|step| step.checked_add(before.map_or(0, |place| place.time)));
            let time = time.filter(|time| is_in_range(*time));
            let time = time.ok_or(Damage("an event's time is out of range"))?;
            let place = Place {
                time,
                id: EventId(read_wide(bytes)?),
            };
            if before.is_some_and(|before| before >= place) {
                return Err(Damage("events are out of order"));
            }
            before = Some(place);
            let value = read_owned(bytes, kind)?;
            self.add(place, value.borrow());
        }
        Ok(())
    }

    pub(crate) fn values(&self) -> Vec<Scalar> {
        self.entries
            .iter()
            .map(|(_, value)| value.clone())
            .collect()
    }
}
