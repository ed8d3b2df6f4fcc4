//! The flags that every command takes, as clap reads and explains them.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;

use super::duration::duration;
use crate::time::{Timestamp, parse_timestamp};

/// What every command takes. The values of the environment stay out of the help: an address may
/// hold a password.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Options of every command")]
pub(super) struct Settings {
    /// The online store: redis://HOST:PORT/DB, redis+sentinel://HOST,HOST/MASTER,
    /// redis+cluster://HOST,HOST (with TLS: rediss..), redis+unix:///PATH, or embedded:PATH; one
    /// with a password from the environment or a file, as @FILE, shows in no list of processes
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "FEATURESTORE_ONLINE",
        hide_env_values = true,
        value_parser = online
    )]
    pub(super) online: Option<String>,
    /// The directory that relative paths of sources start at
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "FEATURESTORE_DATA_ROOT",
        hide_env_values = true
    )]
    pub(super) data_root: Option<PathBuf>,
    /// The DuckDB file that has the tables of views with `table = ".."`
    #[cfg(feature = "duckdb")]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "FEATURESTORE_DATABASE",
        hide_env_values = true
    )]
    pub(super) database: Option<PathBuf>,
    /// The most memory of the offline store, as in 4GB; what is larger spills to files
    #[cfg(feature = "duckdb")]
    #[arg(
        long,
        global = true,
        value_name = "SIZE",
        env = "FEATURESTORE_MEMORY_LIMIT",
        hide_env_values = true
    )]
    pub(super) memory_limit: Option<String>,
    /// How many threads the offline store uses
    #[cfg(feature = "duckdb")]
    #[arg(
        long,
        global = true,
        value_name = "NUMBER",
        env = "FEATURESTORE_THREADS",
        hide_env_values = true
    )]
    pub(super) threads: Option<usize>,
    /// The directory that the offline store spills to
    #[cfg(feature = "duckdb")]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "FEATURESTORE_TEMP_DIRECTORY",
        hide_env_values = true
    )]
    pub(super) temp_directory: Option<PathBuf>,
    /// Takes this time for now, which decides what has expired: 2026-05-07T22:00:00Z
    #[arg(long, global = true, value_name = "TIME", value_parser = time)]
    pub(super) now: Option<Timestamp>,
    /// How far ahead of the clock a row's event time or a watermark may be; 5m, if not given. With --now,
    /// sources are judged by it only where it is given
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration)]
    pub(super) clock_skew: Option<Duration>,
    /// Prints JSON
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// How many columns of text tables take, 0 for no bound; the terminal's, or 160, if not given
    #[arg(long, global = true, value_name = "COLUMNS")]
    pub(super) width: Option<u16>,
}

/// Reads a time.
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    parse_timestamp(text).ok_or_else(|| {
        "not a time; write 2026-05-07T22:00:00Z, 2026-05-07 22:00 (UTC), or 2026-05-07".to_owned()
    })
}

/// An address as it is given, or the one that a file has.
fn online(given: &str) -> Result<String, String> {
    let Some(file) = given.strip_prefix('@') else {
        return Ok(given.to_owned());
    };
    let text = std::fs::read_to_string(file).map_err(|error| {
        format!("{error}; behind the `@` there is a file with the address in it")
    })?;
    match text.trim() {
        "" => Err("the file is empty; write the address into it".to_owned()),
        address => Ok(address.to_owned()),
    }
}
