//! A file that is written, whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::{BoxError, OfflineError};
use crate::view::NotLocal;

/// The error of a file that can't be written.
pub(crate) fn unwritten(path: &Path, error: impl Into<BoxError>) -> OfflineError {
    let error = error.into();
    OfflineError::Output {
        path: path.to_string_lossy().into_owned(),
        reason: error.to_string(),
        source: Some(error),
    }
}

/// The same, in words of our own.
fn refused(path: &Path, reason: &str) -> OfflineError {
    OfflineError::Output {
        path: path.to_string_lossy().into_owned(),
        reason: reason.to_owned(),
        source: None,
    }
}

/// The format that a file's name promises, where that is another one than is written.
fn other_format(path: &Path) -> Option<&'static str> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    Some(match extension.as_str() {
        "csv" | "tsv" => "CSV",
        "json" | "jsonl" | "ndjson" => "JSON",
        "arrow" | "feather" | "ipc" => "Arrow",
        "orc" => "ORC",
        "avro" => "Avro",
        "xls" | "xlsx" => "spreadsheet",
        "gz" | "zst" | "zip" | "bz2" | "xz" => "compressed",
        _ => return None,
    })
}

/// Whether a file can be written at `path`, before anything is joined.
pub(crate) fn check(path: &Path) -> Result<(), OfflineError> {
    Unfinished::beside(path).map(drop)
}

/// A file that is being written; removed unless it has been renamed.
#[derive(Debug)]
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    /// A name beside `path` for a file that is to become it; nothing is made yet.
    pub(crate) fn beside(path: &Path) -> Result<Self, OfflineError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let refused = |reason: &str| refused(path, reason);
        NotLocal::check(path).map_err(|error| unwritten(path, error))?;
        let name = path
            .file_name()
            .ok_or_else(|| refused("a path ends with the file's name"))?;
        if let Some(format) = other_format(path) {
            let parquet = path.with_extension("parquet");
            let reason = format!(
                "that is the name of a {format} file, and what is written is Parquet; name it {}",
                parquet.display()
            );
            return Err(refused(&reason));
        }
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
        if directory.is_some_and(|directory| directory.to_str().is_none()) {
            return Err(refused(
                "the name of its folder is not UTF-8, and can't be asked for; name another folder",
            ));
        }
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = name.to_string_lossy();
        let name = format!(".{name}.{}-{number}.unfinished", std::process::id());
        Ok(Self(path.with_file_name(name)))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Gives it its name, now that it is whole.
    pub(crate) fn finish(self, path: &Path) -> Result<(), OfflineError> {
        fs::rename(&self.0, path).map_err(|error| unwritten(path, error))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
