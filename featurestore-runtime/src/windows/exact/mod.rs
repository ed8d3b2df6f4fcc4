//! Arithmetic that loses nothing: sums in any order are the same bits, and what was added can be
//! taken out without a trace. Only the last step, to a float, rounds: once, to the nearest, ties
//! to even.
//!
//! A float is an integer times a power of two, so a sum of floats is one as well
//! (R. Neal, "Fast exact summation using small and large superaccumulators", 2015).

mod integer;
mod limbs;
mod number;

pub(crate) use integer::Integer;
pub(crate) use limbs::Limbs;
pub(crate) use number::Number;

/// The exponent of the least float: all floats are multiples of 2^-1074.
pub(crate) const LEAST: i32 = -1074;

/// A finite float in multiples of 2^[`LEAST`]: `mantissa` times 2^`shift`, and whether it is
/// negative.
#[inline]
pub(crate) const fn parts(value: f64) -> (bool, u64, u32) {
    let bits = value.to_bits();
    #[allow(clippy::cast_possible_truncation)]
    let exponent = (bits >> 52) as u32 & 0x7ff;
    let fraction = bits & ((1 << 52) - 1);
    // A number below the normal ones has the exponent of the least of them, and no bit in front.
    let (mantissa, shift) = if exponent == 0 {
        (fraction, 0)
    } else {
        (fraction | 1 << 52, exponent - 1)
    };
    (bits >> 63 == 1, mantissa, shift)
}
