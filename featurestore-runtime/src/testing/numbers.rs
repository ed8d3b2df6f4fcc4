//! Random numbers.

/// A random-number generator (xorshift64*) that gives the same numbers in every run.
#[derive(Debug, Clone)]
pub struct Numbers(pub u64);

impl Numbers {
    /// Numbers from the seed that the environment's `FEATURESTORE_TEST_SEED` gives, else from
    /// this; the seed is printed, so that a test that failed can be run again.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let given = std::env::var("FEATURESTORE_TEST_SEED").ok();
        let seed = given.and_then(|seed| seed.parse().ok()).unwrap_or(seed);
        println!("FEATURESTORE_TEST_SEED={seed}");
        // The generator stays at 0.
        Self(seed.max(1))
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
