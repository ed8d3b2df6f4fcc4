//! Whether the joins gave the same rows.

use std::error::Error;
use std::path::{Path, PathBuf};

use duckdb::Connection;

use crate::cases::Side;

/// Compares ours with both by hand: with the ordered one also in the rows' order.
pub(crate) fn all(output: &dyn Fn(Side) -> PathBuf) -> Result<(), Box<dyn Error>> {
    let ours = output(Side::Ours);
    for side in [Side::Ordered, Side::Unordered] {
        let theirs = output(side);
        // It ran out of memory: there is nothing to compare.
        if !theirs.is_file() {
            continue;
        }
        let (ours, theirs) = (
            Fingerprint::of(&ours, side == Side::Ordered)?,
            Fingerprint::of(&theirs, side == Side::Ordered)?,
        );
        if ours != theirs {
            let side = side.name();
            return Err(format!("ours is not what `{side}` gives: {ours:?}, {theirs:?}").into());
        }
    }
    Ok(())
}

/// What files with the same rows have in common.
#[derive(Debug, PartialEq, Eq)]
struct Fingerprint {
    columns: Vec<String>,
    rows: u64,
    /// Per column how many values there are.
    counts: String,
    /// The sum of the rows' hashes.
    hash: String,
}

impl Fingerprint {
    fn of(path: &Path, ordered: bool) -> Result<Self, Box<dyn Error>> {
        let connection = Connection::open_in_memory()?;
        let file = format!("'{}'", path.to_string_lossy().replace('\'', "''"));
        let mut statement = connection.prepare(&format!("DESCRIBE SELECT * FROM {file}"))?;
        let columns = statement.query_map([], |row| row.get(0))?;
        let columns: Vec<String> = columns.collect::<Result<_, _>>()?;
        // As texts: a declared type may be wider than the source's.
        let texts: Vec<String> = columns
            .iter()
            .map(|column| format!("CAST({column} AS VARCHAR)"))
            .collect();
        let counts: Vec<String> = columns
            .iter()
            .map(|column| format!("count({column})"))
            .collect();
        let place = if ordered { "file_row_number, " } else { "" };
        let sql = format!(
            "SELECT CAST(count(*) AS UBIGINT), concat_ws(' ', {}), \
             CAST(sum(hash({place}{})) AS VARCHAR) FROM {file}",
            counts.join(", "),
            texts.join(", ")
        );
        let (rows, counts, hash) =
            connection.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(Self {
            columns,
            rows,
            counts,
            hash,
        })
    }
}
