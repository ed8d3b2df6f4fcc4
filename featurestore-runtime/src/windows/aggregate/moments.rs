//! Variance and standard deviation.

use super::super::bytes::{Damage, read_count, read_number, write_number};
use super::super::exact::{Integer, LEAST, Limbs, Number, parts};
use super::sum::{Special, absorb_integer};
use crate::codec::integers::write_unsigned;

/// The limbs of sums of squares: of integers below 2^127, and of floats.
const INTEGER_LIMBS: usize = 12;
const FLOAT_LIMBS: usize = 70;
const SQUARE_LIMBS: usize = 136;

/// Whether the values are a sample or all there are: what the squares are divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Divisor {
    /// One less than how many there are, so of one there is no variance.
    Sample,
    /// How many there are.
    Population,
}

/// The float next to `(n q - s s) / (n d)`, where `n` is how many values there are, `s` their sum,
/// `q` the sum of their squares in multiples of 2^`unit`, and `d` is `n` or `n - 1`; the same divided
/// by `divisors`. All of it is exact but the last step, so nothing cancels.
fn variance(
    count: u64,
    sum: &Number,
    squares: &Number,
    unit: i32,
    divisor: Divisor,
    divisors: &[u64],
) -> Result<Option<f64>, Damage> {
    let freedom = match divisor {
        Divisor::Sample => count.saturating_sub(1),
        Divisor::Population => count,
    };
    if freedom == 0 {
        return Ok(None);
    }
    let spread = squares.times(count).minus(&sum.squared());
    let spread = spread.ok_or(Damage("a sum of squares is less than its sum needs"))?;
    let mut all = vec![count, freedom];
    all.extend_from_slice(divisors);
    Ok(Some(spread.divided(unit, &all)))
}

/// What the variance of integers or decimals follows from.
///
/// Bytes: the count, a packed integer; the sum and the sum of squares, exact numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct IntegerMoments {
    count: u64,
    sum: Integer,
    squares: Limbs<INTEGER_LIMBS>,
}

impl IntegerMoments {
    #[inline]
    pub(crate) fn add(&mut self, value: i128) {
        self.count += 1;
        self.sum.add(value);
        self.square(value, false);
    }

    #[inline]
    pub(crate) fn remove(&mut self, value: i128) {
        self.count -= 1;
        self.sum.remove(value);
        self.square(value, true);
    }

    fn square(&mut self, value: i128, negative: bool) {
        let magnitude = value.unsigned_abs();
        let (high, low) = (magnitude >> 64, magnitude & u128::from(u64::MAX));
        self.squares.add_wide(negative, low * low, 0);
        if high != 0 {
            self.squares.add_wide(negative, high * low, 65);
            self.squares.add_wide(negative, high * high, 128);
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum.merge(&other.sum);
        self.squares.merge(&other.squares);
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        write_unsigned(out, self.count);
        write_number(out, &self.sum.number(), false);
        write_number(out, &self.squares.number(), false);
    }

    pub(crate) fn absorb(&mut self, bytes: &mut &[u8]) -> Result<(), Damage> {
        self.count += read_count(bytes)?;
        absorb_integer(&mut self.sum, bytes)?;
        if absorb_squares(&mut self.squares, bytes)? {
            return Err(Damage("a sum of integers has a float's mark"));
        }
        Ok(())
    }

    /// The variance divided by `divisors`; nothing of too few values.
    pub(crate) fn variance(
        &self,
        divisor: Divisor,
        divisors: [u64; 4],
    ) -> Result<Option<f64>, Damage> {
        let (sum, squares) = (self.sum.number(), self.squares.number());
        variance(self.count, &sum, &squares, 0, divisor, &divisors)
    }
}

/// Takes a sum of squares and adds it; its flag.
fn absorb_squares<const N: usize>(
    squares: &mut Limbs<N>,
    bytes: &mut &[u8],
) -> Result<bool, Damage> {
    let written = read_number(bytes)?;
    if written.negative {
        return Err(Damage("a sum of squares is negative"));
    }
    squares
        .absorb(false, written.place, written.magnitude)
        .ok_or(Damage("a sum is larger than there can be"))?;
    Ok(written.flag)
}

/// What the variance of floats follows from.
///
/// Bytes: the count, a packed integer; the sum of the finite values in multiples of 2^-1074 and that
/// of their squares in multiples of 2^-2148, exact numbers; the second's flag says that there are other
/// values, whose counts follow: NaN, positive and negative infinities, packed integers.
#[derive(Debug, Clone, Default)]
pub(crate) struct FloatMoments {
    count: u64,
    special: Special,
    sum: Limbs<FLOAT_LIMBS>,
    squares: Limbs<SQUARE_LIMBS>,
}

impl FloatMoments {
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        self.count += 1;
        if value.is_finite() {
            self.put(value, false);
        } else {
            *self.special.count(value) += 1;
        }
    }

    #[inline]
    pub(crate) fn remove(&mut self, value: f64) {
        self.count -= 1;
        if value.is_finite() {
            self.put(value, true);
        } else {
            *self.special.count(value) -= 1;
        }
    }

    fn put(&mut self, value: f64, remove: bool) {
        let (negative, mantissa, shift) = parts(value);
        self.sum.add(negative != remove, mantissa, shift);
        let square = u128::from(mantissa) * u128::from(mantissa);
        self.squares.add_wide(remove, square, 2 * shift);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.special.merge(&other.special);
        self.sum.merge(&other.sum);
        self.squares.merge(&other.squares);
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        write_unsigned(out, self.count);
        write_number(out, &self.sum.number(), false);
        write_number(out, &self.squares.number(), !self.special.is_none());
        self.special.write(out);
    }

    pub(crate) fn absorb(&mut self, bytes: &mut &[u8]) -> Result<(), Damage> {
        self.count += read_count(bytes)?;
        let written = read_number(bytes)?;
        if written.flag {
            return Err(Damage("a sum has a mark that is its squares'"));
        }
        self.sum
            .absorb(written.negative, written.place, written.magnitude)
            .ok_or(Damage("a sum is larger than there can be"))?;
        if absorb_squares(&mut self.squares, bytes)? {
            self.special.absorb(bytes)?;
        }
        Ok(())
    }

    /// The variance; nothing of too few values, NaN where one is no finite number.
    pub(crate) fn variance(&self, divisor: Divisor) -> Result<Option<f64>, Damage> {
        let (sum, squares) = (self.sum.number(), self.squares.number());
        let variance = variance(self.count, &sum, &squares, 2 * LEAST, divisor, &[])?;
        Ok(variance.map(|variance| {
            if self.special.is_none() {
                variance
            } else {
                f64::NAN
            }
        }))
    }
}
