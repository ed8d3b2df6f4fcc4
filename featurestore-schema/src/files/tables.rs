//! Folders whose files count only as far as a log of their own says so.

use std::path::{Path, PathBuf};

use super::FilesError;

/// What a log in a folder makes of it.
const LOGS: [(&str, &str); 3] = [
    ("_delta_log", "a Delta table"),
    (".hoodie", "a Hudi table"),
    ("_spark_metadata", "the output of a Spark stream"),
];

/// Refuses a folder with a log.
pub(super) fn refuse(folder: &Path) -> Result<(), FilesError> {
    let found = LOGS.iter().find_map(|(name, kind)| {
        let log = folder.join(name);
        log.is_dir().then_some((*kind, log))
    });
    let found = found.or_else(|| Some(("an Iceberg table", iceberg(folder)?)));
    found.map_or(Ok(()), |(kind, log)| {
        Err(FilesError::Table {
            folder: folder.to_owned(),
            kind,
            log,
        })
    })
}

/// An Iceberg table's metadata; other programs have folders of that name too.
fn iceberg(folder: &Path) -> Option<PathBuf> {
    let metadata = folder.join("metadata");
    let mut files = std::fs::read_dir(&metadata).ok()?.flatten();
    let is_metadata = |name: &str| name.ends_with(".metadata.json") || name == "version-hint.text";
    files
        .any(|file| file.file_name().to_str().is_some_and(is_metadata))
        .then_some(metadata)
}
