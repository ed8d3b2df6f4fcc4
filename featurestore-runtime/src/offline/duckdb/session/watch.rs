//! Whether the files that a run reads stay what they are: a run reads a file in several scans, which
//! would be of different files where one is replaced in between.

use std::path::PathBuf;

use featurestore_schema::files::{FilesError, Marks, SourceFiles};

use super::Session;
use super::failure::unreadable;
use super::sql::Params;
use super::watched::Read;
use crate::offline::OfflineError;

impl Session {
    /// Notes the files of a source or a spine, before anything is read of them.
    ///
    /// # Errors
    ///
    /// A file that can't be read, or is gone already.
    pub(crate) fn note(&self, what: &str, files: &SourceFiles) -> Result<(), OfflineError> {
        let snapshot = noted(what, &files.text(), files.snapshot())?;
        self.watch(what, Read::Listed(snapshot));
        Ok(())
    }

    /// Notes the files that a query reads, before anything is read of them, and gives them.
    ///
    /// # Errors
    ///
    /// A file that can't be read, or is gone already.
    pub(crate) fn note_query(
        &self,
        what: &str,
        text: &str,
        patterns: Vec<String>,
    ) -> Result<Vec<PathBuf>, OfflineError> {
        let files = self.matching(&patterns);
        let files = files.map_err(|error| unreadable(what.to_owned(), text.to_owned(), error))?;
        let marks = noted(what, text, Marks::of(&files))?;
        self.watch(what, Read::Queried(patterns, marks));
        Ok(files)
    }

    /// What came of reading, unless a file has changed since it was noted: then neither a result
    /// nor an error says anything.
    ///
    /// # Errors
    ///
    /// `result`'s own, or that a file has changed.
    pub(crate) fn unchanged<T>(&self, result: Result<T, OfflineError>) -> Result<T, OfflineError> {
        let watched = self.watched.0.borrow();
        let changed = watched
            .iter()
            .find_map(|(what, read)| Some((what, self.changed(read)?)));
        match changed {
            None => result,
            Some((what, file)) => {
                let source = result.err().map(Into::into);
                Err(OfflineError::changed(what, &file, source))
            }
        }
    }

    fn watch(&self, what: &str, read: Read) {
        self.watched.0.borrow_mut().push((what.to_owned(), read));
    }

    fn changed(&self, read: &Read) -> Option<PathBuf> {
        match read {
            Read::Listed(snapshot) => snapshot.changed(),
            Read::Queried(patterns, marks) => match self.matching(patterns) {
                Ok(now) => marks.changed(&now),
                Err(_) => patterns.first().map(PathBuf::from),
            },
        }
    }

    /// The files that patterns find in a query.
    fn matching(&self, patterns: &[String]) -> Result<Vec<PathBuf>, duckdb::Error> {
        let mut files = Vec::new();
        for pattern in patterns {
            let mut params = Params::default();
            let pattern = params.push(pattern.clone());
            let mut found = self
                .connection
                .prepare(&format!("SELECT file FROM glob({pattern})"))?;
            let found = found.query_map(params.bind(), |row| row.get::<_, String>(0))?;
            for file in found {
                let file = PathBuf::from(file?);
                if !files.contains(&file) {
                    files.push(file);
                }
            }
        }
        Ok(files)
    }
}

fn noted<T>(what: &str, text: &str, marked: Result<T, FilesError>) -> Result<T, OfflineError> {
    marked.map_err(|error| match error {
        FilesError::Io { path, error } if error.kind() == std::io::ErrorKind::NotFound => {
            OfflineError::changed(what, &path, Some(error.into()))
        }
        error => OfflineError::unreadable(what.to_owned(), text.to_owned(), error),
    })
}
