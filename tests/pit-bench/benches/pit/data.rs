//! The data: real flights, and rows that `DuckDB` makes once into the target directory.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use duckdb::Connection;

use crate::cases::Case;

/// The year of flights where it is there, else the repository's month of it.
pub(crate) fn flights(named: Option<&Path>) -> Result<PathBuf, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let places = match named {
        Some(named) => vec![std::path::absolute(named)?],
        None => vec![
            root.join("../shared/data/flights"),
            root.join("examples/flights/data"),
        ],
    };
    let found = places
        .iter()
        .find(|place| place.join(Case::Flights.spine()).is_file());
    let Some(found) = found else {
        let place = places[0].display();
        return Err(format!("no departures.parquet in {place}; name its directory").into());
    };
    Ok(found.canonicalize()?)
}

/// The directory of a case's files, made unless they are there.
pub(crate) fn generated(case: Case, folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let (users, people) = (("user_id", "'u' || "), ("person", ""));
    match case {
        Case::Flights => {}
        Case::Few => {
            spine(folder, "users", users, 100_000, 100_000)?;
            source(folder, "visits", users, 300_000, 10, "visit_minutes")?;
            source(folder, "purchases", users, 1_000_000, 10, "purchase_price")?;
            source(folder, "messages", users, 1_000_000, 10, "message_words")?;
        }
        Case::Many => {
            spine(folder, "people", people, 5_000_000, 2_000_000)?;
            source(folder, "clicks", people, 50_000_000, 25, "read_seconds")?;
        }
    }
    Ok(folder.to_owned())
}

/// Thirty days from here, in microseconds since 1970, by the second.
const START: i64 = 1_700_000_000_000_000;
const SECONDS: u64 = 2_592_000;
/// A prime that divides no number of rows: its multiples visit every row once, in no order.
const STRIDE: u64 = 982_451_653;

/// Keys and times at random, and a label.
fn spine(
    folder: &Path,
    name: &str,
    (key, prefix): (&str, &str),
    rows: u64,
    keys: u64,
) -> Result<(), Box<dyn Error>> {
    let query = format!(
        "SELECT {prefix}CAST(hash(i) % {keys} AS BIGINT) AS {key}, \
         make_timestamp({START} + CAST(hash(i + 1) % {SECONDS} AS BIGINT) * 1000000) AS event_timestamp, \
         i AS label FROM range({rows}) AS rows(i)"
    );
    write(&folder.join(format!("{name}.parquet")), &query)
}

/// As many rows of each key, in no order, each in its own share of the time: no two rows of a key
/// have the same time, whose winner the join by hand would leave to chance.
fn source(
    folder: &Path,
    name: &str,
    (key, prefix): (&str, &str),
    rows: u64,
    each: u64,
    measure: &str,
) -> Result<(), Box<dyn Error>> {
    let (keys, share) = (rows / each, SECONDS / each);
    let query = format!(
        "SELECT {prefix}CAST(i % {keys} AS BIGINT) AS {key}, \
         make_timestamp({START} + CAST(i // {keys} * {share} + hash(i) % {share} AS BIGINT) * 1000000) AS event_timestamp, \
         CAST(hash(i + 2) % 1000 AS BIGINT) AS {name}, \
         CAST(hash(i + 3) % 1000 AS DOUBLE) / 10 AS {measure} \
         FROM (SELECT i * {STRIDE} % {rows} AS i FROM range({rows}) AS rows(i))"
    );
    write(&folder.join(format!("{name}.parquet")), &query)
}

fn write(path: &Path, query: &str) -> Result<(), Box<dyn Error>> {
    if path.is_file() {
        return Ok(());
    }
    let unfinished = path.with_extension("unfinished");
    let name = unfinished.to_string_lossy().replace('\'', "''");
    let sql = format!("COPY ({query}) TO '{name}' (FORMAT parquet, COMPRESSION zstd)");
    Connection::open_in_memory()?.execute_batch(&sql)?;
    Ok(fs::rename(unfinished, path)?)
}
