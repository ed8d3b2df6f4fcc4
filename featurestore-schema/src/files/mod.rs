//! Which files a source has: the one place that decides it, for the compiler as for a run.
//!
//! What is declared may be a pattern; the directory that it is below never is. Files and folders
//! whose names begin with `_` or `.` are left out, as Hive and Spark do, unless they are named;
//! links are followed; a folder with a log of its own, as that of a Delta table, is refused, since
//! only the log tells which of its files count. Files are in the order of their paths' bytes.

mod keys;
mod snapshot;
mod tables;
mod walk;

use std::io;
use std::path::{Path, PathBuf};

pub use keys::PathKey;
pub use snapshot::{Marks, Snapshot};

use crate::source_path::{FileFormat, SourcePath};
use walk::Walk;

/// The files of a source.
#[derive(Debug, Clone)]
pub struct SourceFiles {
    source: SourcePath,
    format: FileFormat,
    files: Vec<PathBuf>,
}

/// A source whose files can't be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FilesError {
    /// A file or a folder that can't be looked at.
    #[error("{} can't be read; it must be a file or a folder that this user may open ({error})", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        error: io::Error,
    },
    /// The path is no pattern.
    #[error(
        "`{pattern}` is not a path or a glob; write a letter that is meant as it is in brackets, as in `[*]` ({reason})"
    )]
    Pattern {
        /// The path.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A folder whose files count only as far as a log says so.
    #[error("{} is {kind} ({} is its log), and which of its files count only that log says, which is not read; export the table to a folder of Parquet files, or read it by a query (`sql = \"..\"`)", folder.display(), log.display())]
    Table {
        /// The folder.
        folder: PathBuf,
        /// What it is.
        kind: &'static str,
        /// What tells it.
        log: PathBuf,
    },
    /// A link to a folder that it is in itself.
    #[error("{} is a link to a folder that it is in itself; remove it, or name the files without it", link.display())]
    Loop {
        /// The link.
        link: PathBuf,
    },
    /// One file that is found under two names.
    #[error("{} and {} are one file, by a link, whose rows would be read twice; remove the link, or name the files without it", first.display(), second.display())]
    Twice {
        /// One name.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// A path that is no text.
    #[error("the path {} is not UTF-8, and can't be asked for; rename the file or folder", path.display())]
    NotUtf8 {
        /// The path.
        path: PathBuf,
    },
    /// A path that gives one key twice.
    #[error("{} has the key `{key}` twice in its path; rename one of the folders", file.display())]
    KeyTwice {
        /// The file.
        file: PathBuf,
        /// The key.
        key: String,
    },
    /// Files in whose paths there are different keys.
    #[error("{} and {} are one source, and the key `{key}=` is in the path of the first alone; move the files so that each folder has it, or name those that have it", first.display(), second.display())]
    Keys {
        /// A file that has the key.
        first: PathBuf,
        /// One that has not.
        second: PathBuf,
        /// The key.
        key: String,
    },
}

impl SourceFiles {
    /// The files that are there of a source, which may be none. Without a format it is what the
    /// path says.
    ///
    /// # Errors
    ///
    /// A folder that can't be listed or has a log of its own, links in a circle, a text that is no
    /// pattern, a path that is no text.
    pub fn list(source: &SourcePath, format: Option<FileFormat>) -> Result<Self, FilesError> {
        let format = format.unwrap_or_else(|| FileFormat::of(source.text()));
        let files = Walk::new(source, format).files()?;
        if let Some(path) = files.iter().find(|path| path.to_str().is_none()) {
            return Err(FilesError::NotUtf8 { path: path.clone() });
        }
        Ok(Self {
            source: source.clone(),
            format,
            files,
        })
    }

    /// Their paths, in the order of their bytes, which is that of the source's rows.
    #[must_use]
    pub fn paths(&self) -> &[PathBuf] {
        &self.files
    }

    /// What names them, for messages.
    #[must_use]
    pub fn text(&self) -> String {
        self.source.path().to_string_lossy().into_owned()
    }

    /// How they are read.
    #[must_use]
    pub const fn format(&self) -> FileFormat {
        self.format
    }

    /// The keys of the `key=value` folders in the files' paths, at or below what was declared. One
    /// that is a column of the files, in whatever case, is none: the column is what counts.
    ///
    /// # Errors
    ///
    /// Files of which some have a key and others not, or that have one twice.
    pub fn keys<'a>(
        &self,
        columns: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<Vec<PathKey>, FilesError> {
        keys::of(&self.source, &self.files, columns)
    }
}

/// Whether a file is one of Parquet by its name.
fn is_parquet(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| {
        ["parquet", "pq", "parq"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

#[cfg(test)]
mod tests;
