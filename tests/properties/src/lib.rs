//! How the properties of all crates are tested: with cases that are others in each run, by a seed
//! that is printed and that `FEATURESTORE_TEST_SEED` gives again.

// A test that finds something out fails by a panic.
#![allow(clippy::unwrap_used, clippy::panic)]

// The one home of what that variable means; the library's own tests have no other crate.
#[path = "../../../featurestore-runtime/src/testing/seed.rs"]
mod seed;

use proptest::test_runner::{Config, RngSeed, TestRunner};
pub use seed::seed;

/// How many times as many cases `FEATURESTORE_TEST_FACTOR` asks for; `cargo xtask test --long`
/// sets it.
///
/// # Panics
///
/// Where it is no number of 1 or more.
#[must_use]
pub fn factor() -> u32 {
    seed::number("FEATURESTORE_TEST_FACTOR").map_or(1, |factor: std::num::NonZeroU32| factor.get())
}

/// A configuration for so many cases, times the [`factor`], from a seed that is printed.
///
/// # Panics
///
/// Where the environment's seed or factor is no number.
#[must_use]
pub fn cases(cases: u32) -> Config {
    Config {
        cases: cases.saturating_mul(factor()),
        rng_seed: RngSeed::Fixed(seed(random())),
        // The seed does it.
        failure_persistence: None,
        ..Config::default()
    }
}

/// A runner for so many cases.
///
/// # Panics
///
/// As [`cases`].
#[must_use]
pub fn runner(cases: u32) -> TestRunner {
    TestRunner::new(self::cases(cases))
}

/// A seed that is another one in each run.
fn random() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(std::process::id())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;
    use proptest::test_runner::TestError;

    use super::*;

    /// The first numbers of a run, printed for [`run`].
    #[test]
    fn numbers() {
        let found = std::cell::RefCell::new(Vec::new());
        let done = runner(3).run(&any::<u64>(), |number| {
            found.borrow_mut().push(number);
            Ok(())
        });
        assert!(!matches!(done, Err(TestError::Abort(_))));
        println!("numbers {:?}", found.borrow());
    }

    /// Runs `numbers` with a seed: what it printed, and whether it passed.
    fn run(seed: Option<&str>) -> (String, bool) {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["tests::numbers", "--exact", "--nocapture"]);
        command
            .env_remove("FEATURESTORE_TEST_SEED")
            .env_remove("FEATURESTORE_TEST_FACTOR");
        if let Some(seed) = seed {
            command.env("FEATURESTORE_TEST_SEED", seed);
        }
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (String::from_utf8(text).unwrap(), output.status.success())
    }

    fn line<'t>(text: &'t str, start: &str) -> &'t str {
        let found = text.split(start).nth(1).unwrap_or_else(|| panic!("{text}"));
        found.lines().next().unwrap()
    }

    #[test]
    fn the_seed_that_a_run_prints_gives_its_cases_again_and_another_one_others() {
        let (first, passed) = run(None);
        assert!(passed, "{first}");
        let seed = line(&first, "FEATURESTORE_TEST_SEED=");
        let (again, _) = run(Some(seed));
        assert_eq!(line(&first, "numbers "), line(&again, "numbers "));
        let (other, _) = run(None);
        assert_ne!(line(&first, "numbers "), line(&other, "numbers "));
    }

    #[test]
    fn a_seed_that_is_none_is_refused() {
        for seed in ["", "x", "-1", "0x5eed"] {
            let (text, passed) = run(Some(seed));
            assert!(!passed && text.contains("FEATURESTORE_TEST_SEED"), "{text}");
            assert!(text.contains("is not a number"), "{text}");
        }
    }
}
