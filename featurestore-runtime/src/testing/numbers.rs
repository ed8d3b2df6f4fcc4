//! Random numbers.

use super::seed::seed;

/// A random-number generator (xorshift64*): the same numbers for a seed in every run.
#[derive(Debug, Clone)]
pub struct Numbers(u64);

impl Numbers {
    /// Numbers from the seed that the environment's `FEATURESTORE_TEST_SEED` gives, else from
    /// this; the seed is printed, so that a test that failed can be run again.
    ///
    /// # Panics
    ///
    /// Where the environment's is no number.
    #[must_use]
    pub fn seeded(default: u64) -> Self {
        Self::part(seed(default), 0)
    }

    /// The numbers of one of several parts that run at once, each with its own.
    #[must_use]
    pub fn part(seed: u64, part: u64) -> Self {
        let spread = part.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // The generator stays at 0.
        Self((seed ^ spread).max(1))
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16) % bound
    }

    /// Puts a list into a random order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for index in (1..list.len()).rev() {
            let other = usize::try_from(self.below(index as u64 + 1)).unwrap();
            list.swap(index, other);
        }
    }
}
