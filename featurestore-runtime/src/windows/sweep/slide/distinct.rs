//! How many different values rows have that come and go.

use std::collections::HashMap;

use super::super::super::aggregate::distinct::{Precision, Rank, Ranks, canonical, cost, estimate};
use super::super::super::aggregate::{FinishError, Finished};
use super::super::columns::Values;
use super::step::Slide;

/// How many rows have each value. Beyond what is counted exactly, also how many values give each
/// register each rank, so that the registers are always those of the values that are in the window.
pub(super) struct Different<'a> {
    values: &'a Values,
    precision: Precision,
    rows: HashMap<Box<[u8]>, u32>,
    size: usize,
    registers: Option<Counted>,
}

/// Registers that give back what they took.
struct Counted {
    precision: Precision,
    values: HashMap<Rank, u32>,
    largest: Vec<u8>,
    ranks: Ranks,
}

impl Counted {
    fn new<'v>(precision: Precision, values: impl Iterator<Item = &'v [u8]>) -> Self {
        let mut registers = Self {
            precision,
            values: HashMap::new(),
            largest: vec![0; precision.registers()],
            ranks: Ranks::new(precision),
        };
        values.for_each(|value| registers.add(value));
        registers
    }

    fn add(&mut self, value: &[u8]) {
        let rank = Rank::of(self.precision, value);
        *self.values.entry(rank).or_default() += 1;
        self.change(rank.register, self.largest[rank.register].max(rank.rank));
    }

    fn remove(&mut self, value: &[u8]) {
        let rank = Rank::of(self.precision, value);
        if let Some(count) = self.values.get_mut(&rank) {
            *count -= 1;
            if *count > 0 {
                return;
            }
            self.values.remove(&rank);
        }
        if self.largest[rank.register] == rank.rank {
            let register = rank.register;
            let mut lower = (1..rank.rank).rev();
            let next = lower.find(|rank| {
                self.values.contains_key(&Rank {
                    register,
                    rank: *rank,
                })
            });
            self.change(register, next.unwrap_or(0));
        }
    }

    fn change(&mut self, register: usize, rank: u8) {
        let before = std::mem::replace(&mut self.largest[register], rank);
        self.ranks.change(before, rank);
    }
}

impl<'a> Different<'a> {
    pub(super) fn new(values: &'a Values, precision: Precision) -> Self {
        Self {
            values,
            precision,
            rows: HashMap::new(),
            size: 0,
            registers: None,
        }
    }
}

impl Slide for Different<'_> {
    fn add(&mut self, row: usize) {
        let value = canonical(self.values.get(row));
        if let Some(count) = self.rows.get_mut(&value) {
            *count += 1;
            return;
        }
        self.size += cost(&value);
        if let Some(registers) = &mut self.registers {
            registers.add(&value);
        }
        self.rows.insert(value, 1);
    }

    fn remove(&mut self, row: usize) {
        let value = canonical(self.values.get(row));
        if let Some(count) = self.rows.get_mut(&value) {
            *count -= 1;
            if *count == 0 {
                self.rows.remove(&value);
                self.size -= cost(&value);
                if let Some(registers) = &mut self.registers {
                    registers.remove(&value);
                }
            }
        }
    }

    fn finish(&mut self) -> Result<Finished, FinishError> {
        let exact = self.size <= self.precision.bytes();
        let count = if exact {
            self.rows.len() as u64
        } else {
            let (precision, values) = (self.precision, self.rows.keys());
            let registers = self
                .registers
                .get_or_insert_with(|| Counted::new(precision, values.map(|value| &**value)));
            estimate(self.precision, &registers.ranks)
        };
        Ok(Finished::integer(i128::from(count)))
    }
}
