//! The seed of random tests.

use std::str::FromStr;

const SEED: &str = "FEATURESTORE_TEST_SEED";

/// The seed that the environment's `FEATURESTORE_TEST_SEED` gives, else this one; it is printed, so
/// that a test that failed can be run again.
///
/// # Panics
///
/// Where the environment's is no number: another one would not be what was asked for.
#[must_use]
pub fn seed(default: u64) -> u64 {
    let seed = number(SEED).unwrap_or(default);
    println!("{SEED}={seed}");
    seed
}

/// A variable of the environment that is a number.
pub(crate) fn number<T: FromStr>(name: &str) -> Option<T> {
    let text = std::env::var_os(name)?;
    let number = text.to_str().and_then(|text| text.parse().ok());
    assert!(
        number.is_some(),
        "{name} is {text:?}, which is not a number; give one"
    );
    number
}
