//! The whole against its definition, over random histories.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss
)] // test data is small

mod definition;
mod format;
mod history;
mod state;
#[cfg(all(feature = "redis", feature = "embedded", feature = "test-util"))]
mod stores;
mod sweep;

/// The seeds of so many cases. `WINDOWS_CASES` makes it another number, `WINDOWS_SEED` begins elsewhere:
/// what a failing test prints.
fn seeds(cases: u64) -> std::ops::Range<u64> {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    let begin = number("WINDOWS_SEED").unwrap_or(0);
    begin..begin + number("WINDOWS_CASES").unwrap_or(cases)
}
