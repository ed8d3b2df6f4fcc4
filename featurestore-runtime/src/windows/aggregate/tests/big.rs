//! Whole numbers of any size, as school does them, and what the float next to a quotient is by the
//! words of the rule: no float is nearer, and of two that are equally near it is the even one.

use std::cmp::Ordering;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Big {
    negative: bool,
    /// To the base 2^32, the lowest first.
    digits: Vec<u32>,
}

impl Big {
    pub(super) fn of(value: i128) -> Self {
        let mut rest = value.unsigned_abs();
        let mut digits = Vec::new();
        while rest > 0 {
            digits.push((rest & 0xffff_ffff) as u32);
            rest >>= 32;
        }
        Self {
            negative: value < 0,
            digits,
        }
    }

    /// A float in multiples of 2^-1074; infinity as what would follow the largest.
    pub(super) fn of_float(value: f64) -> Self {
        if value.is_infinite() {
            return Self::of(value.signum() as i128).shifted(1024 + 1074);
        }
        let bits = value.abs().to_bits();
        let exponent = (bits >> 52) as usize;
        let fraction = i128::from(bits & ((1 << 52) - 1));
        let magnitude = match exponent {
            0 => Self::of(fraction),
            _ => Self::of(fraction + (1 << 52)).shifted(exponent - 1),
        };
        Self {
            negative: value < 0.0,
            ..magnitude
        }
    }

    pub(super) fn shifted(mut self, bits: usize) -> Self {
        for _ in 0..bits % 32 {
            let again = self.clone();
            self = self.plus(&again);
        }
        self.digits.splice(0..0, vec![0; bits / 32]);
        self
    }

    pub(super) fn negated(mut self) -> Self {
        self.negative = !self.negative;
        self
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        let (larger, smaller) = match compare(&self.digits, &other.digits) {
            Ordering::Less => (other, self),
            _ => (self, other),
        };
        let sign = if larger.negative == smaller.negative {
            1
        } else {
            -1
        };
        let mut carry = 0_i64;
        let mut digits = Vec::new();
        for index in 0..=larger.digits.len() {
            let digit = |of: &Self| i64::from(of.digits.get(index).copied().unwrap_or(0));
            let sum = digit(larger) + sign * digit(smaller) + carry;
            digits.push(sum.rem_euclid(1 << 32) as u32);
            carry = sum.div_euclid(1 << 32);
        }
        Self {
            negative: larger.negative,
            digits,
        }
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        let mut product = Self::of(0);
        for (place, digit) in other.digits.iter().enumerate() {
            let mut carry = 0_u64;
            let mut digits = vec![0; place];
            for own in &self.digits {
                let sum = u64::from(*own) * u64::from(*digit) + carry;
                digits.push((sum & 0xffff_ffff) as u32);
                carry = sum >> 32;
            }
            digits.push(carry as u32);
            product = product.plus(&Self {
                negative: false,
                digits,
            });
        }
        Self {
            negative: self.negative != other.negative,
            ..product
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        let difference = self.plus(&other.clone().negated());
        match difference.digits.iter().all(|digit| *digit == 0) {
            true => Ordering::Equal,
            false if difference.negative => Ordering::Less,
            false => Ordering::Greater,
        }
    }
}

fn compare(one: &[u32], other: &[u32]) -> Ordering {
    let length = one.len().max(other.len());
    let digit = |of: &[u32], index| of.get(index).copied().unwrap_or(0);
    (0..length)
        .rev()
        .map(|index| digit(one, index).cmp(&digit(other, index)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// Whether `result` is the float next to `numerator / denominator` in multiples of 2^-`unit`.
pub(super) fn is_nearest(result: f64, numerator: &Big, denominator: &Big, unit: usize) -> bool {
    // Twice the quotient against the sums of neighbours, all in multiples of 2^-unit.
    let twice = numerator.times(&Big::of(2));
    let against = |one: f64, other: f64| {
        let sum = Big::of_float(one)
            .plus(&Big::of_float(other))
            .shifted(unit - 1074);
        twice.clone().shifted(0).order(&sum.times(denominator))
    };
    // The digits of numerators in units above 2^-1074 must be lifted before.
    assert!(unit >= 1074);
    if result.is_infinite() {
        let largest = f64::MAX.copysign(result);
        let order = against(result, largest);
        return order
            == if result > 0.0 {
                Ordering::Greater
            } else {
                Ordering::Less
            }
            || order.is_eq();
    }
    let even = result.to_bits() & 1 == 0;
    let (below, above) = (
        against(result, result.next_down()),
        against(result, result.next_up()),
    );
    let not_below = below.is_gt() || (below.is_eq() && even);
    let not_above = above.is_lt() || (above.is_eq() && even);
    not_below && not_above
}
