//! The most frequent values.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::super::bytes::{Damage, read_count, read_entries, read_owned, take_byte, write_scalar};
use super::super::scalar::{Kind, Scalar, ScalarRef};
use crate::codec::integers::write_unsigned;

/// How many different values a state counts. Beyond that it is an error to ask: which values are
/// the most frequent can't be told from less than all of them.
pub(crate) const VALUES_LIMIT: usize = 10_000;

/// How often there is each value. Of too many different ones only that is known: it follows from
/// the set of values alone, and stays so whatever else is added.
///
/// Bytes: 1 where there are too many; else 0, how many values there are, and each value in their order
/// with how often there is it; the numbers are packed integers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    counts: BTreeMap<Scalar, u64>,
    over: bool,
}

/// More different values than are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "there are more than {VALUES_LIMIT} different values; take a column with fewer, a shorter window or a filter"
)]
pub(crate) struct TooManyValues;

impl Tally {
    pub(crate) fn add(&mut self, value: ScalarRef<'_>) {
        self.put(value.to_owned(), 1);
        self.limit();
    }

    /// Adds a value to a tally that forgets none, however many there are, so that it can be taken
    /// out again.
    pub(crate) fn add_unlimited(&mut self, value: ScalarRef<'_>) {
        self.put(value.to_owned(), 1);
    }

    /// Takes out a value from a tally that forgets none.
    pub(crate) fn remove(&mut self, value: ScalarRef<'_>) {
        let value = value.to_owned();
        if let Some(count) = self.counts.get_mut(&value) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&value);
            }
        }
    }

    fn put(&mut self, value: Scalar, count: u64) {
        if !self.over {
            *self.counts.entry(value).or_default() += count;
        }
    }

    fn limit(&mut self) {
        if self.counts.len() > VALUES_LIMIT {
            self.over = true;
            self.counts.clear();
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        if other.over {
            self.over = true;
            self.counts.clear();
        }
        for (value, count) in &other.counts {
            self.put(value.clone(), *count);
            self.limit();
        }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.over));
        if !self.over {
            write_unsigned(out, self.counts.len() as u64);
            for (value, count) in &self.counts {
                write_scalar(out, value.borrow());
                write_unsigned(out, *count);
            }
        }
    }

    pub(crate) fn absorb(&mut self, bytes: &mut &[u8], kind: Kind) -> Result<(), Damage> {
        let mut other = Self::default();
        match take_byte(bytes)? {
            0 => {}
            1 => other.over = true,
            _ => return Err(Damage("neither counts nor too many")),
        }
        if !other.over {
            let count = read_entries(bytes, 2)?;
            if count > VALUES_LIMIT {
                return Err(Damage("there are more values than are counted"));
            }
            for _ in 0..count {
                let value = read_owned(bytes, kind)?;
                let count = read_count(bytes)?;
                let last = other.counts.last_key_value();
                if count == 0 || last.is_some_and(|(last, _)| *last >= value) {
                    return Err(Damage("values are out of order"));
                }
                other.counts.insert(value, count);
            }
        }
        self.merge(&other);
        Ok(())
    }

    /// The `count` most frequent values, the most frequent first; of equally frequent ones, the
    /// lesser first.
    pub(crate) fn top(&self, count: u16) -> Result<Vec<Scalar>, TooManyValues> {
        if self.over || self.counts.len() > VALUES_LIMIT {
            return Err(TooManyValues);
        }
        let mut counts: Vec<_> = self.counts.iter().collect();
        counts.sort_by_key(|(_, count)| Reverse(**count));
        let top = counts.into_iter().take(usize::from(count));
        Ok(top.map(|(value, _)| value.clone()).collect())
    }
}
