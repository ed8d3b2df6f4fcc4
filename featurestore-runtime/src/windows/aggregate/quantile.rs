//! Quantiles.

use std::collections::BTreeMap;

use super::super::bytes::{
    COUNT_LIMIT, Damage, read_count, read_entries, read_wide, unzigzag, write_wide, zigzag,
};
use crate::codec::integers::write_unsigned;

/// How many bits of a float behind its exponent choose its bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bins(u8);

impl Bins {
    /// The coarsest bins whose middle is nowhere further than `error` from a value in it, of the
    /// value; nothing where the finest are not fine enough.
    #[must_use]
    pub const fn of_error(error: f64) -> Option<Self> {
        let mut bits = 1;
        while bits <= 16 {
            if Self(bits).error() <= error && error < 1.0 {
                return Some(Self(bits));
            }
            bits += 1;
        }
        None
    }

    /// How far the middle is from a value at most, of the value.
    #[must_use]
    pub const fn error(self) -> f64 {
        0.5 / (1_u32 << self.0) as f64
    }

    /// The bin of a value: the first bits of what orders floats as integers. Values from a power of
    /// two up to the next fall into 2^bits bins of equal width; no logarithm is taken, whose last
    /// bits would differ between machines.
    fn of(self, value: f64) -> i64 {
        let value = if value.is_nan() { f64::NAN } else { value };
        let bits = value.to_bits().cast_signed();
        (bits ^ ((bits >> 63) & i64::MAX)) >> (52 - self.0)
    }

    /// The middle of a bin; of those that begin at zero and at infinity, where they begin.
    fn middle(self, bin: i64) -> f64 {
        let shift = 52 - self.0;
        // Bins below zero are mirrored.
        let bin = if bin < 0 { !bin } else { bin };
        let begin = bin << shift;
        let infinity = f64::INFINITY.to_bits().cast_signed();
        if begin == 0 || begin >= infinity {
            return f64::from_bits(begin.cast_unsigned());
        }
        f64::from_bits((begin | 1 << (shift - 1)).cast_unsigned())
    }

    /// The value that stands for a bin.
    fn value(self, bin: i64) -> f64 {
        let middle = self.middle(bin);
        if bin < 0 && middle != 0.0 {
            -middle
        } else {
            middle
        }
    }

    /// The first and the last bin that a value falls into.
    fn range(self) -> (i64, i64) {
        (self.of(f64::NEG_INFINITY), self.of(f64::NAN))
    }
}

/// How many values fell into each of bins whose width grows as their values do: a histogram as
/// `HdrHistogram` and `DDSketch` have it, of all floats. Counts add up in any order, and can be taken back.
///
/// A quantile's error is that of its bin, of the value; below 2^-1022 it is 2^-1022. Zero is zero, and
/// infinities and NaN, which is behind all, are themselves.
///
/// Bytes: how many bins have values, a packed integer; of each its place (the first as it is, then the
/// difference to the one before, zigzag), a number of up to 128 bits, and its count, a packed integer.
#[derive(Debug, Clone)]
pub(crate) struct Histogram {
    bins: Bins,
    counts: BTreeMap<i64, u64>,
    count: u64,
}

impl Histogram {
    pub(crate) const fn new(bins: Bins) -> Self {
        Self {
            bins,
            counts: BTreeMap::new(),
            count: 0,
        }
    }

    pub(crate) fn add(&mut self, value: f64) {
        self.put(self.bins.of(value), 1);
    }

    fn put(&mut self, bin: i64, count: u64) {
        *self.counts.entry(bin).or_default() += count;
        self.count += count;
    }

    pub(crate) fn remove(&mut self, value: f64) {
        let bin = self.bins.of(value);
        if let Some(count) = self.counts.get_mut(&bin) {
            self.count -= 1;
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&bin);
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (bin, count) in &other.counts {
            self.put(*bin, *count);
        }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        write_unsigned(out, self.counts.len() as u64);
        let mut before = 0;
        for (bin, count) in &self.counts {
            write_wide(out, zigzag(i128::from(bin - before)));
            before = *bin;
            write_unsigned(out, *count);
        }
    }

    pub(crate) fn absorb(&mut self, bytes: &mut &[u8]) -> Result<(), Damage> {
        let (first, last) = self.bins.range();
        let mut before: Option<i64> = None;
        for _ in 0..read_entries(bytes, 2)? {
            let step = i64::try_from(unzigzag(read_wide(bytes)?)).ok();
            let bin = step.and_then(|step| step.checked_add(before.unwrap_or(0)));
            let bin = bin.filter(|bin| first <= *bin && *bin <= last);
            let bin = bin.ok_or(Damage("a bin is one that no value falls into"))?;
            if before.is_some_and(|before| before >= bin) {
                return Err(Damage("bins are out of order"));
            }
            before = Some(bin);
            let count = read_count(bytes)?;
            if count == 0 || self.count + count > COUNT_LIMIT << 15 {
                return Err(Damage("a bin has none or more than there can be"));
            }
            self.put(bin, count);
        }
        Ok(())
    }

    /// The least value that so many millionths of all values are no larger than (`percentile_disc` of
    /// SQL), or what stands for its bin; nothing of no value.
    pub(crate) fn quantile(&self, millionths: u32) -> Option<f64> {
        let wanted = u128::from(self.count) * u128::from(millionths);
        let wanted = wanted.div_ceil(1_000_000).max(1);
        let mut passed = 0;
        let bin = self.counts.iter().find(|(_, count)| {
            passed += u128::from(**count);
            passed >= wanted
        });
        bin.map(|(bin, _)| self.bins.value(*bin))
    }
}
