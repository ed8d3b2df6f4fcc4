//! A sum of integers.

use super::Number;

/// A sum of integers of 128 bits, in 192: as many as can be counted don't overflow it, in any
/// order. Whether the end fits is asked at the end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Integer {
    low: u128,
    high: i64,
}

impl Integer {
    /// Adds a number.
    #[inline]
    pub(crate) const fn add(&mut self, value: i128) {
        self.add_parts(value.cast_unsigned(), if value < 0 { -1 } else { 0 });
    }

    /// Takes out a number that was added.
    #[inline]
    pub(crate) const fn remove(&mut self, value: i128) {
        let (low, borrow) = self.low.overflowing_sub(value.cast_unsigned());
        self.low = low;
        let high = if value < 0 { 1 } else { 0 };
        self.high = self.high.wrapping_add(high - borrow as i64);
    }

    /// Adds another sum.
    pub(crate) const fn merge(&mut self, other: &Self) {
        self.add_parts(other.low, other.high);
    }

    #[inline]
    const fn add_parts(&mut self, low: u128, high: i64) {
        let (low, carry) = self.low.overflowing_add(low);
        self.low = low;
        self.high = self.high.wrapping_add(high + carry as i64);
    }

    /// The sum, where 128 bits hold it.
    pub(crate) fn value(&self) -> Option<i128> {
        let value = self.low.cast_signed();
        (self.high == if value < 0 { -1 } else { 0 }).then_some(value)
    }

    /// The sum as a number to go on with.
    pub(crate) fn number(&self) -> Number {
        let negative = self.high < 0;
        let (low, high) = if negative {
            let (low, carry) = (!self.low).overflowing_add(1);
            (
                low,
                (!self.high).wrapping_add(i64::from(carry)).cast_unsigned(),
            )
        } else {
            (self.low, self.high.cast_unsigned())
        };
        let mut words = [0; 24];
        words[..16].copy_from_slice(&low.to_le_bytes());
        words[16..].copy_from_slice(&high.to_le_bytes());
        Number::of_bytes(negative, 0, &words)
    }

    /// Adds what was written of another sum: up to 22 bytes of its magnitude, from a place on.
    pub(crate) fn absorb(&mut self, negative: bool, place: usize, magnitude: &[u8]) -> Option<()> {
        let mut words = [0; 24];
        let end = place
            .checked_add(magnitude.len())
            .filter(|end| *end <= 22)?;
        words[place..end].copy_from_slice(magnitude);
        let (low, high) = words.split_at(16);
        let mut other = Self {
            low: u128::from_le_bytes(low.try_into().ok()?),
            high: i64::from_le_bytes(high.try_into().ok()?),
        };
        if negative {
            let (low, carry) = (!other.low).overflowing_add(1);
            other = Self {
                low,
                high: (!other.high).wrapping_add(i64::from(carry)),
            };
        }
        self.merge(&other);
        Some(())
    }
}
