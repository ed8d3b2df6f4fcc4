//! Sums and means.

use super::super::bytes::{Damage, read_count, read_number, write_number};
use super::super::exact::{Integer, LEAST, Limbs, parts};
use crate::codec::integers::write_unsigned;

/// The limbs of a sum of floats: the largest float is below 2^2098 times the least.
const FLOAT_LIMBS: usize = 70;

/// The sum of integers or decimals, and how many they are.
///
/// Bytes: the count, a packed integer, and the sum, an exact number.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct IntegerSum {
    count: u64,
    sum: Integer,
}

impl IntegerSum {
    #[inline]
    pub(crate) const fn add(&mut self, value: i128) {
        self.count += 1;
        self.sum.add(value);
    }

    #[inline]
    pub(crate) const fn remove(&mut self, value: i128) {
        self.count -= 1;
        self.sum.remove(value);
    }

    pub(crate) const fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum.merge(&other.sum);
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        write_unsigned(out, self.count);
        write_number(out, &self.sum.number(), false);
    }

    pub(crate) fn absorb(&mut self, bytes: &mut &[u8]) -> Result<(), Damage> {
        self.count += read_count(bytes)?;
        absorb_integer(&mut self.sum, bytes)
    }

    /// The sum, where 128 bits hold it.
    pub(crate) fn sum(&self) -> Option<i128> {
        self.sum.value()
    }

    /// The float next to the sum divided by the count and by `divisors`; nothing of no value.
    pub(crate) fn mean(&self, divisors: [u64; 2]) -> Option<f64> {
        let [first, second] = divisors;
        (self.count > 0).then(|| self.sum.number().divided(0, &[self.count, first, second]))
    }
}

/// Takes a sum of integers and adds it.
pub(super) fn absorb_integer(sum: &mut Integer, bytes: &mut &[u8]) -> Result<(), Damage> {
    let written = read_number(bytes)?;
    if written.flag {
        return Err(Damage("a sum of integers has a float's mark"));
    }
    sum.absorb(written.negative, written.place, written.magnitude)
        .ok_or(Damage("a sum is larger than there can be"))
}

/// How many values were no finite numbers. They are counted beside the sum, so they leave it again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Special {
    nan: u64,
    positive: u64,
    negative: u64,
}

impl Special {
    #[inline]
    pub(super) const fn count(&mut self, value: f64) -> &mut u64 {
        if value.is_nan() {
            &mut self.nan
        } else if value > 0.0 {
            &mut self.positive
        } else {
            &mut self.negative
        }
    }

    pub(super) const fn merge(&mut self, other: &Self) {
        self.nan += other.nan;
        self.positive += other.positive;
        self.negative += other.negative;
    }

    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        if !self.is_none() {
            for count in [self.nan, self.positive, self.negative] {
                write_unsigned(out, count);
            }
        }
    }

    pub(super) fn absorb(&mut self, bytes: &mut &[u8]) -> Result<(), Damage> {
        let other = Self {
            nan: read_count(bytes)?,
            positive: read_count(bytes)?,
            negative: read_count(bytes)?,
        };
        if other.is_none() {
            return Err(Damage("a mark of NaN and infinities counts none"));
        }
        self.merge(&other);
        Ok(())
    }

    /// What they add up to, as IEEE 754 has it; nothing where there are none.
    const fn sum(&self) -> Option<f64> {
        if self.nan > 0 || (self.positive > 0 && self.negative > 0) {
            Some(f64::NAN)
        } else if self.positive > 0 {
            Some(f64::INFINITY)
        } else if self.negative > 0 {
            Some(f64::NEG_INFINITY)
        } else {
            None
        }
    }
}

/// The sum of floats, and how many they are: exact until it is read, then the float next to it. So
/// no order, no split and no value that came and went changes a bit.
///
/// Bytes: the count, a packed integer; the sum of the finite values in multiples of 2^-1074, an
/// exact number, whose flag says that there are others; then their counts, NaN, positive and negative
/// infinities, packed integers.
#[derive(Debug, Clone, Default)]
pub(crate) struct FloatSum {
    count: u64,
    special: Special,
    finite: Limbs<FLOAT_LIMBS>,
}

impl FloatSum {
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        self.count += 1;
        if value.is_finite() {
            let (negative, mantissa, shift) = parts(value);
            self.finite.add(negative, mantissa, shift);
        } else {
            *self.special.count(value) += 1;
        }
    }

    #[inline]
    pub(crate) fn remove(&mut self, value: f64) {
        self.count -= 1;
        if self.count == 0 {
            self.finite.clear();
            self.special = Special::default();
        } else if value.is_finite() {
            let (negative, mantissa, shift) = parts(value);
            self.finite.add(!negative, mantissa, shift);
        } else {
            *self.special.count(value) -= 1;
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.special.merge(&other.special);
        self.finite.merge(&other.finite);
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        write_unsigned(out, self.count);
        write_number(out, &self.finite.number(), !self.special.is_none());
        self.special.write(out);
    }

    pub(crate) fn absorb(&mut self, bytes: &mut &[u8]) -> Result<(), Damage> {
        self.count += read_count(bytes)?;
        let written = read_number(bytes)?;
        self.finite
            .absorb(written.negative, written.place, written.magnitude)
            .ok_or(Damage("a sum is larger than there can be"))?;
        if written.flag {
            self.special.absorb(bytes)?;
        }
        Ok(())
    }

    /// The float next to the sum.
    pub(crate) fn sum(&self) -> f64 {
        let special = self.special.sum();
        special.unwrap_or_else(|| self.finite.number().divided(LEAST, &[]))
    }

    /// The float next to the sum divided by the count; nothing of no value.
    pub(crate) fn mean(&self) -> Option<f64> {
        let mean = || self.finite.number().divided(LEAST, &[self.count]);
        (self.count > 0).then(|| self.special.sum().unwrap_or_else(mean))
    }
}
