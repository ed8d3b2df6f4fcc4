//! A wide sum whose carries wait.

use super::Number;

/// How many additions the limbs take before their carries must go on: each adds less than 2^32
/// to a limb of 63 bits.
const PATIENCE: u32 = 1 << 29;

/// An integer of `N` limbs of 32 bits, each kept in 64, so an addition touches three of them and
/// carries go on once in 2^29 times. What is added stays two bytes and two limbs below the end, so
/// 2^48 numbers fit, as do 2^15 sums of so many.
#[derive(Debug, Clone)]
pub(crate) struct Limbs<const N: usize> {
    limbs: [i64; N],
    /// The limbs that are not all zero: from, up to and without.
    used: (usize, usize),
    waiting: u32,
}

impl<const N: usize> Default for Limbs<N> {
    fn default() -> Self {
        Self {
            limbs: [0; N],
            used: (N, 0),
            waiting: 0,
        }
    }
}

impl<const N: usize> Limbs<N> {
    /// Makes it zero again.
    pub(crate) fn clear(&mut self) {
        let (from, to) = self.used;
        if from < to {
            self.limbs[from..to].fill(0);
        }
        self.used = (N, 0);
        self.waiting = 0;
    }

    /// Adds `magnitude` times 2^`shift`, or takes it away.
    #[inline]
    pub(crate) fn add(&mut self, negative: bool, magnitude: u64, shift: u32) {
        let place = (shift / 32) as usize;
        let wide = u128::from(magnitude) << (shift % 32);
        self.touch(place, place + 3);
        // All ones where it is taken away: x ^ -1 - -1 is -x.
        let sign = -i64::from(negative);
        for (index, limb) in self.limbs[place..place + 3].iter_mut().enumerate() {
            #[allow(clippy::cast_possible_truncation)]
            let digits = i64::from((wide >> (32 * index)) as u32);
            *limb += (digits ^ sign) - sign;
        }
    }

    /// Adds `magnitude` times 2^`shift`, or takes it away, for numbers of more than 64 bits.
    pub(crate) fn add_wide(&mut self, negative: bool, magnitude: u128, shift: u32) {
        #[allow(clippy::cast_possible_truncation)]
        let (low, high) = (magnitude as u64, (magnitude >> 64) as u64);
        self.add(negative, low, shift);
        if high != 0 {
            self.add(negative, high, shift + 64);
        }
    }

    #[inline]
    fn touch(&mut self, from: usize, to: usize) {
        self.used = (self.used.0.min(from), self.used.1.max(to));
        self.waiting += 1;
        if self.waiting == PATIENCE {
            self.carry();
        }
    }

    /// Lets the carries go on: each limb but the last is in 0..2^32 then.
    fn carry(&mut self) {
        self.waiting = 1;
        let mut carry = 0;
        for (index, limb) in self.limbs.iter_mut().enumerate().skip(self.used.0) {
            if index >= self.used.1 && carry == 0 {
                break;
            }
            let sum = *limb + carry;
            if index + 1 < N {
                *limb = sum & 0xffff_ffff;
                carry = sum >> 32;
            } else {
                *limb = sum;
            }
            self.used.1 = self.used.1.max(index + 1);
        }
    }

    /// Adds another sum.
    pub(crate) fn merge(&mut self, other: &Self) {
        let (from, to) = other.used;
        if from >= to {
            return;
        }
        for (limb, other) in self.limbs[from..to].iter_mut().zip(&other.limbs[from..to]) {
            *limb += other;
        }
        self.used = (self.used.0.min(from), self.used.1.max(to));
        self.waiting += other.waiting;
        if self.waiting >= PATIENCE {
            self.carry();
        }
    }

    /// The sum as a number to go on with.
    pub(crate) fn number(&self) -> Number {
        let mut settled;
        let (from, to) = self.used;
        if from >= to {
            return Number::default();
        }
        let mut digits: smallvec::SmallVec<[u32; 16]> = smallvec::SmallVec::new();
        settled = settle(&self.limbs[from..to], false, &mut digits);
        let negative = settled < 0;
        if negative {
            digits.clear();
            settled = settle(&self.limbs[from..to], true, &mut digits);
        }
        let mut rest = settled;
        while rest != 0 {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            digits.push(rest as u32);
            rest >>= 32;
        }
        Number::new(negative, digits, from)
    }

    /// Adds what was written of another sum: its magnitude from a place on, in bytes.
    pub(crate) fn absorb(&mut self, negative: bool, place: usize, magnitude: &[u8]) -> Option<()> {
        place
            .checked_add(magnitude.len())
            .filter(|end| *end <= 4 * (N - 2))?;
        for (index, bytes) in magnitude.chunks(8).enumerate() {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            let shift = u32::try_from(8 * (place + 8 * index)).ok()?;
            self.add(negative, u64::from_le_bytes(word), shift);
        }
        Some(())
    }
}

/// The digits of limbs, or of their negative, and the carry that is left: below zero where the
/// number is.
fn settle(limbs: &[i64], negative: bool, digits: &mut smallvec::SmallVec<[u32; 16]>) -> i64 {
    let mut carry = 0;
    for limb in limbs {
        let sum = carry + if negative { -limb } else { *limb };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        digits.push(sum as u32);
        carry = sum >> 32;
    }
    carry
}
