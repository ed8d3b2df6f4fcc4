//! The rows that were kept out, as a Parquet file, whole or not at all. While the run goes on they
//! are lines of JSON in an unfinished file beside it.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::json;

use super::Rejection;
use super::batch::Batch;
use crate::error::Error;
use crate::offline::{OfflineError, Params, Session, Unfinished, refused, write_query};
use crate::view::ViewDefinition;

/// The longest line that `DuckDB` reads by itself, in bytes.
const LINE: usize = 16 << 20;

/// The rows that were kept out so far. Dropped before it is finished, it leaves no file.
#[derive(Debug)]
pub(super) struct Quarantine {
    path: PathBuf,
    lines: Mutex<Lines>,
}

#[derive(Debug)]
struct Lines {
    file: BufWriter<File>,
    longest: usize,
    // Below the file, as it is removed when that is closed.
    unfinished: Unfinished,
}

impl Quarantine {
    /// Starts a file that is to be at `path`.
    ///
    /// # Errors
    ///
    /// A path that can't be written to.
    pub(super) fn start(path: &Path) -> Result<Self, OfflineError> {
        let unfinished = Unfinished::beside(path)?;
        let file = File::create_new(unfinished.path());
        let file = file.map_err(|error| refused(path, error.to_string()))?;
        Ok(Self {
            path: path.to_owned(),
            lines: Mutex::new(Lines {
                file: BufWriter::new(file),
                longest: 0,
                unfinished,
            }),
        })
    }

    /// Adds a view's row, which has its place in the group and in the batch.
    pub(super) fn add(
        &self,
        view: &ViewDefinition,
        batch: &Batch<'_>,
        (place, row): (usize, usize),
        rejection: &Rejection,
    ) -> Result<(), Error> {
        let line = json!({
            "view": view.name(),
            "key": rejection.key,
            "event_timestamp": batch.event(row),
            "column": rejection.column,
            "reason": rejection.reason,
            "row": batch.json(place, row).to_string(),
        });
        let mut line = line.to_string();
        line.push('\n');
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.longest = lines.longest.max(line.len());
        let written = lines.file.write_all(line.as_bytes());
        Ok(written.map_err(|error| self.refused(&error))?)
    }

    /// Writes the Parquet file.
    ///
    /// # Errors
    ///
    /// A path that can't be written to.
    pub(super) fn finish(&self, session: &Session) -> Result<(), OfflineError> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.file.flush().map_err(|error| self.refused(&error))?;
        let mut params = Params::default();
        let source = params.push(lines.unfinished.path().to_string_lossy().into_owned());
        let query = format!(
            "SELECT view, key, CAST(make_timestamp(event_timestamp) AS TIMESTAMPTZ) AS event_timestamp, \
             \"column\", reason, \"row\" FROM read_json({source}, format = 'newline_delimited', \
             maximum_object_size = {}, columns = {{'view': 'VARCHAR', 'key': 'VARCHAR', \
             'event_timestamp': 'BIGINT', 'column': 'VARCHAR', 'reason': 'VARCHAR', 'row': 'VARCHAR'}})",
            LINE.max(lines.longest.saturating_add(1))
        );
        let failure = |error: &duckdb::Error| {
            OfflineError::query("putting the quarantined rows into a file", error)
        };
        write_query(session, &query, params, &self.path, None, failure)?;
        Ok(())
    }

    fn refused(&self, error: &io::Error) -> OfflineError {
        refused(&self.path, error.to_string())
    }
}
