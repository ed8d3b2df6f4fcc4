//! Durations as flags have them.

use std::time::Duration;

/// Reads `30s`, `6h`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let micros = featurestore_schema::parse_micros(text).map_err(|error| error.to_string())?;
    Ok(Duration::from_micros(micros.unsigned_abs()))
}
