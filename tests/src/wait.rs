//! Waiting for an event.

use std::io;
use std::time::{Duration, Instant};

/// After how long what a test waits for is taken not to come. No machine is too slow for it, so it
/// bounds nothing that a test says of the store: it only has a test that hangs fail.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until something holds.
///
/// # Errors
///
/// It does not within [`PATIENCE`].
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) -> io::Result<()> {
    let begun = Instant::now();
    while !holds() {
        if begun.elapsed() > PATIENCE {
            return Err(io::Error::other(format!("not within {PATIENCE:?}: {what}")));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
