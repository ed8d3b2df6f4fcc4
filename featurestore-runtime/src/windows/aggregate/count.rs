//! How many.

use super::super::bytes::{Damage, read_count};
use crate::codec::integers::write_unsigned;

/// How many events, or values: of none, 0.
///
/// Bytes: the count, a packed integer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Count(u64);

impl Count {
    #[inline]
    pub(crate) const fn add(&mut self) {
        self.0 += 1;
    }

    #[inline]
    pub(crate) const fn remove(&mut self) {
        self.0 -= 1;
    }

    pub(crate) const fn merge(&mut self, other: &Self) {
        self.0 += other.0;
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        write_unsigned(out, self.0);
    }

    pub(crate) fn absorb(&mut self, bytes: &mut &[u8]) -> Result<(), Damage> {
        self.0 += read_count(bytes)?;
        Ok(())
    }

    pub(crate) const fn value(&self) -> u64 {
        self.0
    }
}
