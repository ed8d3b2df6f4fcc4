//! Which rows of a key are in a window now.

/// A set of rows, a bit for each.
#[derive(Debug)]
pub(super) struct Live {
    words: Vec<u64>,
    count: usize,
    /// No row before is in the set, and none from here on.
    bounds: (usize, usize),
}

impl Live {
    /// Of so many rows none.
    pub(super) fn new(rows: usize) -> Self {
        Self {
            words: vec![0; rows.div_ceil(64)],
            count: 0,
            bounds: (rows, 0),
        }
    }

    pub(super) fn add(&mut self, row: usize) {
        self.words[row / 64] |= 1 << (row % 64);
        self.count += 1;
        self.bounds = (self.bounds.0.min(row), self.bounds.1.max(row + 1));
    }

    pub(super) fn remove(&mut self, row: usize) {
        self.words[row / 64] &= !(1 << (row % 64));
        self.count -= 1;
    }

    pub(super) fn has(&self, row: usize) -> bool {
        self.words[row / 64] & 1 << (row % 64) != 0
    }

    /// How many.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// Narrows the bounds, as far as rows were taken out at the ends.
    pub(super) fn settle(&mut self) {
        let first = self.ascending().next();
        let last = self.descending().next();
        self.bounds = match (first, last) {
            (Some(first), Some(last)) => (first, last + 1),
            _ => (64 * self.words.len(), 0),
        };
    }

    /// The rows, the first one first.
    pub(super) fn ascending(&self) -> impl Iterator<Item = usize> + '_ {
        let words = self.range();
        words.flat_map(|index| {
            let mut word = self.words[index];
            std::iter::from_fn(move || {
                let bit = word.trailing_zeros() as usize;
                word &= word.wrapping_sub(1);
                (bit < 64).then_some(64 * index + bit)
            })
        })
    }

    /// The rows, the last one first.
    pub(super) fn descending(&self) -> impl Iterator<Item = usize> + '_ {
        let words = self.range();
        words.rev().flat_map(|index| {
            let mut word = self.words[index];
            std::iter::from_fn(move || {
                let bit = 63_usize.checked_sub(word.leading_zeros() as usize)?;
                word &= !(1 << bit);
                Some(64 * index + bit)
            })
        })
    }

    fn range(&self) -> std::ops::Range<usize> {
        let (from, to) = self.bounds;
        if from < to {
            from / 64..to.div_ceil(64)
        } else {
            0..0
        }
    }
}
