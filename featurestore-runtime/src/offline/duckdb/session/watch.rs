//! Whether the files that a run reads stay what they are: a run reads a file in several scans, which
//! would be of different files where one is replaced in between.

use std::cell::RefCell;

use featurestore_schema::files::{FilesError, Snapshot, SourceFiles};

use crate::offline::OfflineError;

/// The files that are read, and who reads them.
#[derive(Debug, Default)]
pub(crate) struct Watched(RefCell<Vec<(String, Snapshot)>>);

impl Watched {
    /// Notes the files of a source or a spine, before anything is read of them.
    ///
    /// # Errors
    ///
    /// A file that can't be read, or is gone already.
    pub(crate) fn note(&self, what: &str, files: &SourceFiles) -> Result<(), OfflineError> {
        let snapshot = files.snapshot().map_err(|error| match error {
            FilesError::Io { path, error } if error.kind() == std::io::ErrorKind::NotFound => {
                OfflineError::changed(what, &path, Some(error.into()))
            }
            error => OfflineError::unreadable(what.to_owned(), files.text(), error),
        })?;
        self.0.borrow_mut().push((what.to_owned(), snapshot));
        Ok(())
    }

    /// What came of reading, unless a file has changed since it was noted: then neither a result
    /// nor an error says anything.
    ///
    /// # Errors
    ///
    /// `result`'s own, or that a file has changed.
    pub(crate) fn unchanged<T>(&self, result: Result<T, OfflineError>) -> Result<T, OfflineError> {
        let watched = self.0.borrow();
        let changed = watched
            .iter()
            .find_map(|(what, snapshot)| Some((what, snapshot.changed()?)));
        match changed {
            None => result,
            Some((what, file)) => {
                let source = result.err().map(Into::into);
                Err(OfflineError::changed(what, &file, source))
            }
        }
    }
}
