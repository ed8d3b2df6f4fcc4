//! How many different values.

mod registers;

use std::collections::BTreeSet;

pub use registers::Precision;
pub(crate) use registers::{Rank, Ranks, Registers, estimate};

use super::super::bytes::{
    Damage, read_entries, take_byte, take_counted, write_counted, write_scalar,
};
use super::super::scalar::ScalarRef;
use crate::codec::integers::write_unsigned;

/// A value's bytes, which are equal where values are.
pub(crate) fn canonical(value: ScalarRef<'_>) -> Box<[u8]> {
    if let ScalarRef::Bytes(bytes) = value {
        return bytes.into();
    }
    let mut out = Vec::with_capacity(17);
    write_scalar(&mut out, value);
    out.into()
}

/// How many bytes an entry takes that is kept as it is.
pub(crate) const fn cost(entry: &[u8]) -> usize {
    entry.len() + 1
}

/// Different values: all of them, as long as they take no more bytes than HyperLogLog's registers
/// would; beyond that the registers. Both follow from the set of values alone, and a set that is too
/// large stays so whatever else is added: so neither order nor split tells.
///
/// Bytes: 0, how many values there are, a packed integer, and the values in the order of their bytes, each
/// with its length; or 1 and the registers.
#[derive(Debug, Clone)]
pub(crate) enum Distinct {
    /// All values.
    Exact {
        precision: Precision,
        values: BTreeSet<Box<[u8]>>,
        size: usize,
    },
    /// What is left of too many.
    Approximate(Registers),
}

impl Distinct {
    pub(crate) const fn new(precision: Precision) -> Self {
        Self::Exact {
            precision,
            values: BTreeSet::new(),
            size: 0,
        }
    }

    pub(crate) fn add(&mut self, value: ScalarRef<'_>) {
        self.put(&canonical(value));
    }

    fn put(&mut self, entry: &[u8]) {
        match self {
            Self::Approximate(registers) => registers.add(entry),
            Self::Exact { values, .. } if values.contains(entry) => {}
            Self::Exact {
                precision,
                values,
                size,
            } => {
                values.insert(entry.into());
                *size += cost(entry);
                if *size > precision.bytes() {
                    let mut registers = Registers::new(*precision);
                    for value in &*values {
                        registers.add(value);
                    }
                    *self = Self::Approximate(registers);
                }
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        match (&mut *self, other) {
            (_, Self::Exact { values, .. }) => {
                for value in values {
                    self.put(value);
                }
            }
            (Self::Approximate(own), Self::Approximate(other)) => own.merge(other),
            (Self::Exact { values, .. }, Self::Approximate(other)) => {
                let mut registers = other.clone();
                for value in &*values {
                    registers.add(value);
                }
                *self = Self::Approximate(registers);
            }
        }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Exact { values, .. } => {
                out.push(0);
                write_unsigned(out, values.len() as u64);
                for value in values {
                    write_counted(out, value);
                }
            }
            Self::Approximate(registers) => {
                out.push(1);
                registers.write(out);
            }
        }
    }

    pub(crate) fn absorb(&mut self, bytes: &mut &[u8]) -> Result<(), Damage> {
        match take_byte(bytes)? {
            0 => {
                let count = read_entries(bytes, 1)?;
                let mut before: Option<&[u8]> = None;
                for _ in 0..count {
                    let value = take_counted(bytes)?;
                    if before.is_some_and(|before| before >= value) {
                        return Err(Damage("values are out of order"));
                    }
                    before = Some(value);
                    self.put(value);
                }
            }
            1 => {
                let other = Self::Approximate(Registers::read(bytes, self.precision())?);
                self.merge(&other);
            }
            _ => return Err(Damage("neither values nor registers")),
        }
        Ok(())
    }

    const fn precision(&self) -> Precision {
        match self {
            Self::Exact { precision, .. } => *precision,
            Self::Approximate(registers) => registers.precision(),
        }
    }

    /// How many there are, or so.
    pub(crate) fn count(&self) -> u64 {
        match self {
            Self::Exact { values, .. } => values.len() as u64,
            Self::Approximate(registers) => registers.count(),
        }
    }
}
