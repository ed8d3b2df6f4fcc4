//! A query's result as a Parquet file, whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::OfflineError;
use super::error::reason;
use super::historical::joining;
use crate::offline::duckdb::join::Joined;
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::sql::Params;
use crate::view::NotLocal;

/// The rows of a row group in a result that would be one by itself: a quarter of what `DuckDB`
/// takes, so that several threads write it.
const ROW_GROUP: u64 = 30_720;
const ONE: u64 = 122_880;

/// Puts the training set together and writes it to `path`; gives the number of rows.
pub(super) fn write(session: &Session, joined: &Joined, path: &Path) -> Result<u64, OfflineError> {
    let mut params = Params::default();
    let query = joined.plan.training_set(&mut params);
    let failure = |error: &duckdb::Error| joining(&joined.plan, error);
    let row_group = (joined.rows <= ONE).then_some(ROW_GROUP);
    write_query(session, &query, params, path, row_group, failure)
}

/// Writes a query's result to `path`, in row groups of `row_group` rows or as `DuckDB` does by
/// itself; gives the number of rows. What is wrong with the query is said by `failure`.
pub(crate) fn write_query(
    session: &Session,
    query: &str,
    mut params: Params,
    path: &Path,
    row_group: Option<u64>,
    failure: impl FnOnce(&duckdb::Error) -> OfflineError,
) -> Result<u64, OfflineError> {
    let unfinished = Unfinished::beside(path)?;
    let name = unfinished.0.to_string_lossy().into_owned();
    let place = params.push(name.clone());
    let row_group = row_group.map(|rows| format!(", ROW_GROUP_SIZE {rows}"));
    let row_group = row_group.unwrap_or_default();
    let sql = format!("COPY ({query}) TO {place} (FORMAT parquet, COMPRESSION zstd{row_group})");
    let rows = session
        .count(&sql, &params)
        .map_err(|error| match reason(&error) {
            text if text.contains(&name) => refused(path, text.replace(&name, "the file")),
            _ => failure(&error),
        })?;
    fs::rename(&unfinished.0, path).map_err(|error| refused(path, error.to_string()))?;
    Ok(rows)
}

/// The error of a file that can't be written.
pub(crate) fn refused(path: &Path, reason: String) -> OfflineError {
    OfflineError::Output {
        path: path.to_string_lossy().into_owned(),
        reason,
    }
}

/// Whether a file can be written at `path`, before anything is joined.
pub(super) fn check(path: &Path) -> Result<(), OfflineError> {
    Unfinished::beside(path).map(drop)
}

/// A file that is being written; removed unless it has been renamed.
#[derive(Debug)]
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    /// A name beside `path` for a file that is to become it; nothing is made yet.
    pub(crate) fn beside(path: &Path) -> Result<Self, OfflineError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let refused = |reason: &str| refused(path, reason.to_owned());
        NotLocal::check(path).map_err(|error| refused(&error.to_string()))?;
        let name = path
            .file_name()
            .ok_or_else(|| refused("a path ends with the file's name"))?;
        if path.is_dir() {
            return Err(refused("that is a directory; name a file in it"));
        }
        let directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        if let Some(directory) = directory.filter(|directory| !directory.is_dir()) {
            let reason = format!(
                "there is no directory {}; make it first",
                directory.display()
            );
            return Err(refused(&reason));
        }
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = name.to_string_lossy();
        let name = format!(".{name}.{}-{number}.unfinished", std::process::id());
        Ok(Self(path.with_file_name(name)))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
