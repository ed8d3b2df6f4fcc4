//! Where a source's or a spine's files are, and what format they have.

use std::path::{Path, PathBuf};

use crate::location::is_pattern;

/// The files that a text names: a directory, which is taken as it is, and below it the text, which
/// may be a pattern where it is a declared source's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePath {
    directory: PathBuf,
    /// The part of the declared text that `directory` stands for.
    prefix: String,
    text: PathBuf,
    is_pattern: bool,
}

impl SourcePath {
    /// What a declared source names below the directory where relative paths start. It is a pattern
    /// where it has `*`, `?` or `[`, unless there is a file or a folder of just that name.
    pub fn declared(directory: impl Into<PathBuf>, text: &str) -> Self {
        Self::below(directory, "", text)
    }

    /// The same where `directory` stands for the first part of the declared text.
    pub fn below(directory: impl Into<PathBuf>, prefix: &str, rest: &str) -> Self {
        Self {
            directory: directory.into(),
            prefix: prefix.to_owned(),
            text: rest.into(),
            is_pattern: is_pattern(rest),
        }
    }

    /// A path that is taken as it is, as that of a spine.
    pub fn literal(path: &Path) -> Self {
        let (directory, text) = match (path.parent(), path.file_name()) {
            (Some(directory), Some(name)) => (directory.to_owned(), name.into()),
            _ => (PathBuf::new(), path.to_owned()),
        };
        Self {
            directory,
            prefix: String::new(),
            text,
            is_pattern: false,
        }
    }

    /// The whole of it, as messages show it.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        if self.text.as_os_str().is_empty() {
            return self.directory.clone();
        }
        self.directory.join(&self.text)
    }

    /// The directory that is taken as it is.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// What is below the directory.
    #[must_use]
    pub fn text(&self) -> &Path {
        &self.text
    }

    /// Whether the text may be a pattern.
    #[must_use]
    pub const fn is_pattern(&self) -> bool {
        self.is_pattern
    }

    /// The folders that the declared text and a file found by it have in their paths: never those
    /// above where relative paths start.
    pub fn folders<'a>(&'a self, file: &'a Path) -> impl Iterator<Item = &'a str> {
        let below = file.strip_prefix(&self.directory).unwrap_or(file);
        let folders = below.parent().into_iter().flat_map(Path::components);
        let folders = folders.filter_map(|folder| folder.as_os_str().to_str());
        self.prefix.split('/').chain(folders)
    }
}

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// Apache Parquet.
    Parquet,
    /// Comma-separated values, or those with another separator.
    Csv,
    /// A JSON object per line.
    Json,
}

impl FileFormat {
    /// By the extension, also in front of `.gz` and `.zst`; Parquet where it says nothing.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        let name = path.to_string_lossy().to_lowercase();
        let name = name
            .strip_suffix(".gz")
            .or(name.strip_suffix(".zst"))
            .unwrap_or(&name);
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("csv" | "tsv") => Self::Csv,
            Some("json" | "jsonl" | "ndjson") => Self::Json,
            _ => Self::Parquet,
        }
    }
}
