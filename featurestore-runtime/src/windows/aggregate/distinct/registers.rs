//! HyperLogLog (Flajolet et al. 2007), read by the estimator of O. Ertl, "New cardinality estimation
//! algorithms for HyperLogLog sketches", 2017, algorithm 6: it needs no table and no cases.

use super::super::super::bytes::{Damage, take};
use super::super::super::hash::hash;

/// The numbers of registers, as powers of two.
const PRECISIONS: std::ops::RangeInclusive<u8> = 4..=18;
/// The bits of a register.
const BITS: usize = 6;

/// How many registers there are, as a power of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Precision(u8);

impl Precision {
    /// The least precision whose standard error, `1.04 / sqrt(registers)` of the count, is no more
    /// than `error`; nothing where none is.
    #[must_use]
    pub const fn of_error(error: f64) -> Option<Self> {
        let mut power = *PRECISIONS.start();
        while power <= *PRECISIONS.end() {
            let square = 1.04 * 1.04 / (1_u32 << power) as f64;
            if square <= error * error && 0.0 < error && error < 1.0 {
                return Some(Self(power));
            }
            power += 1;
        }
        None
    }

    /// The standard error, of the count.
    pub(crate) fn error(self) -> f64 {
        1.04 / f64::from(1_u32 << self.0).sqrt()
    }

    /// How many registers.
    pub(crate) const fn registers(self) -> usize {
        1 << self.0
    }

    /// How many bytes registers are written in.
    pub(crate) const fn bytes(self) -> usize {
        self.registers() * BITS / 8
    }

    /// The largest value of a register.
    const fn largest(self) -> u8 {
        64 - self.0 + 1
    }
}

/// What a value does to the registers: one of them becomes `rank`, where it was less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Rank {
    /// Which one.
    pub(crate) register: usize,
    /// Where the first bit of the value's hash is set, from 1, behind those that choose the register.
    pub(crate) rank: u8,
}

impl Rank {
    /// Of a value's bytes.
    pub(crate) fn of(precision: Precision, value: &[u8]) -> Self {
        let hash = hash(value);
        #[allow(clippy::cast_possible_truncation)]
        let register = (hash >> (64 - precision.0)) as usize;
        // A bit below all that are left ends the zeros of a hash that has nothing but.
        let rest = hash << precision.0 | 1 << (precision.0 - 1);
        #[allow(clippy::cast_possible_truncation)]
        let rank = rest.leading_zeros() as u8 + 1;
        Self { register, rank }
    }
}

/// How many registers have each rank.
#[derive(Debug, Clone)]
pub(crate) struct Ranks([u32; 64]);

impl Ranks {
    /// Of registers that are all empty.
    pub(crate) fn new(precision: Precision) -> Self {
        let mut ranks = [0; 64];
        ranks[0] = 1 << precision.0;
        Self(ranks)
    }

    /// A register changes from a rank to another.
    pub(crate) const fn change(&mut self, from: u8, to: u8) {
        self.0[from as usize] -= 1;
        self.0[to as usize] += 1;
    }
}

/// How many different values there were, or so.
///
/// Additions, products, quotients and square roots alone, each of which IEEE 754 rounds in one way: so
/// all machines have the same.
pub(crate) fn estimate(precision: Precision, ranks: &Ranks) -> u64 {
    let registers = f64::from(1_u32 << precision.0);
    let largest = usize::from(precision.largest());
    let mut sum = registers * tau(1.0 - f64::from(ranks.0[largest]) / registers);
    for count in ranks.0[1..largest].iter().rev() {
        sum = 0.5 * (sum + f64::from(*count));
    }
    sum += registers * sigma(f64::from(ranks.0[0]) / registers);
    let estimate = registers / (2.0 * std::f64::consts::LN_2) * (registers / sum);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let count = estimate.round() as u64;
    count
}

/// `x + sum of x^(2^k) 2^(k - 1)` from k = 1 on.
fn sigma(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut weight, mut sum) = (1.0, x);
    loop {
        x *= x;
        let before = sum;
        sum += x * weight;
        weight += weight;
        if sum <= before {
            return sum;
        }
    }
}

/// `(1 - x - sum of (1 - x^(2^-k))^2 2^-k) / 3` from k = 1 on.
fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut weight, mut sum) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = sum;
        weight *= 0.5;
        sum -= (1.0 - x) * (1.0 - x) * weight;
        if sum >= before {
            return sum / 3.0;
        }
    }
}

/// The registers.
///
/// Bytes: six bits for each, the lowest first, in three bytes for four.
#[derive(Debug, Clone)]
pub(crate) struct Registers {
    precision: Precision,
    ranks: Vec<u8>,
}

impl Registers {
    pub(crate) fn new(precision: Precision) -> Self {
        Self {
            precision,
            ranks: vec![0; precision.registers()],
        }
    }

    pub(crate) const fn precision(&self) -> Precision {
        self.precision
    }

    pub(crate) fn add(&mut self, value: &[u8]) {
        let Rank { register, rank } = Rank::of(self.precision, value);
        self.ranks[register] = self.ranks[register].max(rank);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (own, other) in self.ranks.iter_mut().zip(&other.ranks) {
            *own = (*own).max(*other);
        }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        for ranks in self.ranks.chunks(4) {
            let word = ranks
                .iter()
                .rev()
                .fold(0_u32, |word, rank| word << BITS | u32::from(*rank));
            out.extend_from_slice(&word.to_le_bytes()[..3]);
        }
    }

    pub(crate) fn read(bytes: &mut &[u8], precision: Precision) -> Result<Self, Damage> {
        let mut ranks = Vec::with_capacity(precision.registers());
        for word in take(bytes, precision.bytes())?.chunks(3) {
            let word = word
                .iter()
                .rev()
                .fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
            #[allow(clippy::cast_possible_truncation)]
            ranks.extend((0..4).map(|place| (word >> (BITS * place)) as u8 & 0x3f));
        }
        if ranks.iter().any(|rank| *rank > precision.largest()) {
            return Err(Damage("a register is larger than there can be"));
        }
        Ok(Self { precision, ranks })
    }

    pub(crate) fn count(&self) -> u64 {
        let mut ranks = Ranks::new(self.precision);
        for rank in &self.ranks {
            ranks.change(0, *rank);
        }
        estimate(self.precision, &ranks)
    }
}
