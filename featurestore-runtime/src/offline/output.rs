//! A training set as a Parquet file, whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::OfflineError;
use super::error::reason;
use super::historical::joining;
use super::join::Joined;
use super::relation::Params;
use super::session::Session;

/// Puts the training set together and writes it to `path`; gives the number of rows.
pub(super) fn write(session: &Session, joined: &Joined, path: &Path) -> Result<u64, OfflineError> {
    let output = |reason: String| OfflineError::Output {
        path: path.to_string_lossy().into_owned(),
        reason,
    };
    let unfinished = Unfinished::beside(path).map_err(output)?;
    let name = unfinished.0.to_string_lossy().into_owned();
    let mut params = Params::default();
    let query = joined.plan.training_set(&mut params);
    let place = params.push(name.clone());
    let sql = format!("COPY ({query}) TO {place} (FORMAT parquet, COMPRESSION zstd)");
    let rows = session
        .count(&sql, &params)
        .map_err(|error| match reason(&error) {
            text if text.contains(&name) => output(text.replace(&name, "the file")),
            _ => joining(&joined.plan, &error),
        })?;
    fs::rename(&unfinished.0, path).map_err(|error| output(error.to_string()))?;
    Ok(rows)
}

/// Whether a file can be written at `path`, before anything is joined.
pub(super) fn check(path: &Path) -> Result<(), OfflineError> {
    Unfinished::beside(path)
        .map(drop)
        .map_err(|reason| OfflineError::Output {
            path: path.to_string_lossy().into_owned(),
            reason,
        })
}

/// A file that is being written; removed unless it has been renamed.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(path: &Path) -> Result<Self, String> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = path.file_name().ok_or("a path ends with the file's name")?;
        if path.is_dir() {
            return Err("that is a directory; name a file in it".to_owned());
        }
        let directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        if let Some(directory) = directory.filter(|directory| !directory.is_dir()) {
            return Err(format!(
                "there is no directory {}; make it first",
                directory.display()
            ));
        }
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = name.to_string_lossy();
        let name = format!(".{name}.{}-{number}.unfinished", std::process::id());
        Ok(Self(path.with_file_name(name)))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
