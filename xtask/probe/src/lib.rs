//! Asks the `DuckDB` library that this workspace links for its version.

/// The version as the library says it, as in `v1.5.6`.
///
/// # Errors
///
/// When the library opens no database in memory, or gives no version.
pub fn version() -> Result<String, String> {
    duckdb::Connection::open_in_memory()
        .and_then(|connection| connection.version())
        .map_err(|error| format!("the DuckDB library does not answer: {error}"))
}
