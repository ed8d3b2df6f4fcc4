//! The rows that were kept out, as a Parquet file, whole or not at all. While the run goes on they
//! are lines of JSON in an unfinished file beside it.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use featurestore_schema::Dtype;
use serde_json::json;

use super::batch::Batch;
use super::{MaterializeError, Rejection};
use crate::offline::{Lines, OfflineError, Unfinished, unwritten};
use crate::view::ViewDefinition;

/// What is said of a row.
const COLUMNS: &[(&str, Dtype)] = &[
    ("view", Dtype::String),
    ("key", Dtype::String),
    ("event_timestamp", Dtype::Timestamp),
    ("column", Dtype::String),
    ("reason", Dtype::String),
    ("row", Dtype::String),
];

/// The rows that were kept out so far. Dropped before it is finished, it leaves no file.
#[derive(Debug)]
pub(super) struct Quarantine {
    path: PathBuf,
    lines: Mutex<Written>,
}

#[derive(Debug)]
struct Written {
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
        let file = file.map_err(|error| unwritten(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            lines: Mutex::new(Written {
                file: BufWriter::new(file),
                longest: 0,
                unfinished,
            }),
        })
    }

    /// Adds a view's row, which has its index in the group and in the batch.
    pub(super) fn add(
        &self,
        view: &ViewDefinition,
        batch: &Batch<'_>,
        (index, row): (usize, usize),
        rejection: &Rejection,
    ) -> Result<(), MaterializeError> {
        let line = json!({
            "view": view.name(),
            "key": rejection.key,
            "event_timestamp": batch.event(row),
            "column": rejection.column,
            "reason": rejection.reason,
            "row": batch.json(index, row).to_string(),
        });
        let mut line = line.to_string();
        line.push('\n');
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.longest = lines.longest.max(line.len());
        let written = lines.file.write_all(line.as_bytes());
        Ok(written.map_err(|error| unwritten(&self.path, error))?)
    }

    /// What is to be the Parquet file, all of it flushed. It is there as long as this is.
    ///
    /// # Errors
    ///
    /// A file that can't be written to.
    pub(super) fn finish(&self) -> Result<Lines, OfflineError> {
        let mut written = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let flushed = written.file.flush();
        flushed.map_err(|error| unwritten(&self.path, error))?;
        Ok(Lines {
            file: written.unfinished.path().to_owned(),
            longest: written.longest,
            columns: COLUMNS,
            path: self.path.clone(),
        })
    }
}
