//! An exact number, for the few steps between a state and its result.

use smallvec::{SmallVec, smallvec};

use super::LEAST;

type Digits = SmallVec<[u32; 16]>;

/// A number of any size: its sign and digits to the base 2^32, the lowest first, the last of them
/// not zero, times 2^(32 `place`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Number {
    negative: bool,
    digits: Digits,
    place: usize,
}

impl Number {
    /// Of digits, the highest of which may be zero.
    pub(super) fn new(negative: bool, digits: Digits, place: usize) -> Self {
        let mut number = Self {
            negative,
            digits,
            place,
        };
        number.trim();
        number
    }

    /// Of a magnitude in bytes, the lowest first, from a place in bytes on.
    pub(crate) fn of_bytes(negative: bool, place: usize, magnitude: &[u8]) -> Self {
        let mut bytes: SmallVec<[u8; 32]> = smallvec![0; place % 4];
        bytes.extend_from_slice(magnitude);
        let digits = bytes.chunks(4).map(|chunk| {
            let mut word = [0; 4];
            word[..chunk.len()].copy_from_slice(chunk);
            u32::from_le_bytes(word)
        });
        Self::new(negative, digits.collect(), place / 4)
    }

    /// Its sign, and its magnitude in bytes from a place on: neither the first nor the last is
    /// zero, so equal numbers have equal bytes.
    pub(crate) fn to_bytes(&self) -> (bool, usize, SmallVec<[u8; 32]>) {
        let bytes: SmallVec<[u8; 32]> = self
            .digits
            .iter()
            .flat_map(|digit| digit.to_le_bytes())
            .collect();
        let Some(first) = bytes.iter().position(|byte| *byte != 0) else {
            return (false, 0, SmallVec::new());
        };
        let last = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(first);
        (
            self.negative,
            4 * self.place + first,
            SmallVec::from_slice(&bytes[first..=last]),
        )
    }

    /// Drops zeros in front; a number without digits is zero, which has no sign.
    fn trim(&mut self) {
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            (self.negative, self.place) = (false, 0);
        }
    }

    /// The number times itself.
    pub(crate) fn squared(&self) -> Self {
        let mut digits: Digits = smallvec![0; 2 * self.digits.len()];
        for (offset, one) in self.digits.iter().enumerate() {
            let mut carry = 0;
            for (index, other) in self.digits.iter().enumerate() {
                let place = &mut digits[offset + index];
                let sum = u64::from(*one) * u64::from(*other) + u64::from(*place) + carry;
                *place = low(sum);
                carry = sum >> 32;
            }
            digits[offset + self.digits.len()] = low(carry);
        }
        Self::new(false, digits, 2 * self.place)
    }

    /// The number `count` times.
    pub(crate) fn times(&self, count: u64) -> Self {
        let mut digits = Digits::new();
        let mut carry: u128 = 0;
        for digit in &self.digits {
            let sum = u128::from(*digit) * u128::from(count) + carry;
            digits.push(low(sum));
            carry = sum >> 32;
        }
        while carry != 0 {
            digits.push(low(carry));
            carry >>= 32;
        }
        Self::new(self.negative, digits, self.place)
    }

    /// The difference of two numbers that are not negative, which is none where the second is
    /// the larger one.
    pub(crate) fn minus(&self, other: &Self) -> Option<Self> {
        let place = self.place.min(other.place);
        let (mut digits, taken) = (self.digits_down_to(place), other.digits_down_to(place));
        let larger = digits.len().max(taken.len());
        digits.resize(larger, 0);
        let mut borrow = false;
        for (index, digit) in digits.iter_mut().enumerate() {
            let (rest, first) = digit.overflowing_sub(taken.get(index).copied().unwrap_or(0));
            let (rest, second) = rest.overflowing_sub(u32::from(borrow));
            (*digit, borrow) = (rest, first || second);
        }
        (!borrow).then(|| Self::new(false, digits, place))
    }

    /// The digits from a place on that is no higher than its own.
    fn digits_down_to(&self, place: usize) -> Digits {
        if self.digits.is_empty() {
            return Digits::new();
        }
        let mut digits: Digits = smallvec![0; self.place - place];
        digits.extend_from_slice(&self.digits);
        digits
    }

    /// The float next to the number times 2^`unit`, divided by each of `divisors`, none of which is
    /// zero. Of two that are equally near, the one whose last bit is zero.
    pub(crate) fn divided(mut self, unit: i32, divisors: &[u64]) -> f64 {
        let divisors = divisors.iter().filter(|divisor| **divisor != 1);
        let count = divisors.clone().count();
        let mut rest = false;
        if count > 0 {
            // So many zeros below leave a quotient at least three digits, more than floats have.
            let zeros = 2 * count + 3;
            self.digits.insert_many(0, std::iter::repeat_n(0, zeros));
            for divisor in divisors {
                rest |= self.divide(*divisor) != 0;
            }
            // Digits may be zero in front now; a quotient of nothing but zeros is of zero.
            while self.digits.last() == Some(&0) {
                self.digits.pop();
            }
            return self.nearest(unit, zeros, rest);
        }
        self.nearest(unit, 0, rest)
    }

    /// Divides the digits; what is left.
    fn divide(&mut self, divisor: u64) -> u64 {
        let mut left: u64 = 0;
        if let Ok(divisor) = u32::try_from(divisor) {
            for digit in self.digits.iter_mut().rev() {
                let wide = left << 32 | u64::from(*digit);
                *digit = low(wide / u64::from(divisor));
                left = wide % u64::from(divisor);
            }
        } else {
            for digit in self.digits.iter_mut().rev() {
                let wide = u128::from(left) << 32 | u128::from(*digit);
                *digit = low(wide / u128::from(divisor));
                #[allow(clippy::cast_possible_truncation)]
                let rest = (wide % u128::from(divisor)) as u64;
                left = rest;
            }
        }
        left
    }

    /// The float next to the digits times 2^(`unit` - 32 `zeros`), and a bit more where `rest`.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss
    )]
    fn nearest(&self, unit: i32, zeros: usize, rest: bool) -> f64 {
        let Some(first) = self.digits.last() else {
            return 0.0;
        };
        let exponent = unit + 32 * (self.place as i32 - zeros as i32);
        let bits = 32 * self.digits.len() as i32 - first.leading_zeros() as i32;
        let highest = exponent + bits - 1;
        let sign = u64::from(self.negative) << 63;
        if highest > 1023 {
            return f64::from_bits(sign | f64::INFINITY.to_bits());
        }
        // What the float's last bit stands for, and how many bits are below it.
        let last = (highest - 52).max(LEAST);
        let below = last - exponent;
        let mut mantissa = if below <= 0 {
            self.bits_from(0) << -below
        } else {
            self.bits_from(below as usize)
        };
        if below > 0 {
            let half = self.bits_from(below as usize - 1) & 1 == 1;
            let more = || rest || self.any_below(below as usize - 1);
            if half && (mantissa & 1 == 1 || more()) {
                mantissa += 1;
            }
        }
        // The bit in front adds one to the exponent; so does a carry out of the mantissa.
        let biased = (last - LEAST) as u64;
        f64::from_bits(sign | ((biased << 52) + mantissa))
    }

    /// The 64 bits from a place in the digits on.
    fn bits_from(&self, place: usize) -> u64 {
        let (index, shift) = (place / 32, place % 32);
        let digit = |index: usize| u128::from(self.digits.get(index).copied().unwrap_or(0));
        let wide = digit(index) | digit(index + 1) << 32 | digit(index + 2) << 64;
        low64(wide >> shift)
    }

    /// Whether a bit below a place is set.
    fn any_below(&self, place: usize) -> bool {
        let whole = (place / 32).min(self.digits.len());
        self.digits[..whole].iter().any(|digit| *digit != 0)
            || self
                .digits
                .get(whole)
                .is_some_and(|digit| digit & ((1 << (place % 32)) - 1) != 0)
    }

    /// Whether it is zero.
    #[cfg(test)]
    pub(crate) fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }
}

/// The lowest digit.
fn low(wide: impl Into<u128>) -> u32 {
    #[allow(clippy::cast_possible_truncation)]
    let digit = wide.into() as u32;
    digit
}

fn low64(wide: u128) -> u64 {
    #[allow(clippy::cast_possible_truncation)]
    let word = wide as u64;
    word
}
