//! What the offline store may use.

use std::path::{Path, PathBuf};

/// What the offline store may use of the machine, and where its tables are. What is not set is
/// `DuckDB`'s own default: four fifths of the memory, every core, the system's directory for
/// temporary files.
///
/// ```no_run
/// use featurestore::FeatureStore;
/// use featurestore::offline::OfflineSettings;
///
/// let settings = OfflineSettings::new().memory_limit("4GB").threads(2);
/// let store = FeatureStore::builder("movies").offline(settings);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct OfflineSettings {
    pub(crate) memory_limit: Option<String>,
    pub(crate) threads: Option<usize>,
    pub(crate) temp_directory: Option<PathBuf>,
    pub(crate) search: Search,
    database: Option<PathBuf>,
}

/// How a join finds the row of a source that each row of a spine gets. The result is the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Search {
    /// Chosen for each source, by an estimate of how many of its rows have the keys of the spine.
    #[default]
    Auto,
    /// Sorts the source and the spine: for many rows per key.
    Sorted,
    /// Looks at all pairs of rows with equal keys: for few rows per key, or a small spine.
    Pairs,
}

impl OfflineSettings {
    /// Every setting at its default.
    pub fn new() -> Self {
        Self::default()
    }

    /// The most memory of one run, as `DuckDB` reads it: `4GB`, `800MB`, `2.5GiB`. What is larger
    /// spills to the directory for temporary files.
    pub fn memory_limit(mut self, limit: impl Into<String>) -> Self {
        self.memory_limit = Some(limit.into());
        self
    }

    /// The number of threads of one run.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Where what is larger than memory spills. Each run makes a directory of its own in there,
    /// when it needs one, and removes it at its end.
    pub fn temp_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.temp_directory = Some(directory.into());
        self
    }

    /// How joins find rows, where the estimate that chooses it is wrong.
    pub fn search(mut self, search: Search) -> Self {
        self.search = search;
        self
    }

    /// The `DuckDB` file that has the tables of views with `table = ".."`. It is only read. A
    /// relative path starts where relative paths of sources do.
    pub fn database(mut self, path: impl Into<PathBuf>) -> Self {
        self.database = Some(path.into());
        self
    }

    /// These settings, with what `FEATURESTORE_DATABASE`, `FEATURESTORE_MEMORY_LIMIT`,
    /// `FEATURESTORE_THREADS` and `FEATURESTORE_TEMP_DIRECTORY` say where nothing is set, and the
    /// database's path found by `resolve`.
    pub(crate) fn complete(
        mut self,
        environment: impl Fn(&str) -> Result<Option<String>, String>,
        resolve: impl Fn(&Path) -> Result<PathBuf, String>,
    ) -> Result<Self, String> {
        if self.memory_limit.is_none() {
            self.memory_limit = environment("FEATURESTORE_MEMORY_LIMIT")?;
        }
        if let (None, Some(text)) = (self.threads, environment("FEATURESTORE_THREADS")?) {
            let threads = text.parse().map_err(|_| {
                format!("FEATURESTORE_THREADS is `{text}`; it takes a number of threads, as in 2")
            })?;
            self.threads = Some(threads);
        }
        if self.threads == Some(0) {
            return Err("0 threads can't do anything; set at least 1".to_owned());
        }
        if self.temp_directory.is_none() {
            self.temp_directory = environment("FEATURESTORE_TEMP_DIRECTORY")?.map(PathBuf::from);
        }
        if self.database.is_none() {
            self.database = environment("FEATURESTORE_DATABASE")?.map(PathBuf::from);
        }
        self.database = self.database.map(|path| resolve(&path)).transpose()?;
        Ok(self)
    }

    /// These settings, with a bound on memory where there is none. It is no use with many threads,
    /// each of which needs some, so without a number of them there are four at most.
    pub(crate) fn bounded(mut self, memory_limit: &str) -> Self {
        if self.memory_limit.is_none() {
            self.memory_limit = Some(memory_limit.to_owned());
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            self.threads = self.threads.or(Some(cores.min(4)));
        }
        self
    }

    pub(crate) fn database_path(&self) -> Option<&Path> {
        self.database.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_counts_before_the_environment() {
        let environment = |name: &str| match name {
            "FEATURESTORE_MEMORY_LIMIT" => Ok(Some("1GB".to_owned())),
            "FEATURESTORE_THREADS" => Ok(Some("3".to_owned())),
            "FEATURESTORE_DATABASE" => Ok(Some("a.duckdb".to_owned())),
            _ => Ok(None),
        };
        let below = |path: &Path| Ok(Path::new("/data").join(path));
        let set = OfflineSettings::new().memory_limit("4GB");
        let complete = set.complete(environment, below).unwrap();
        assert_eq!(complete.memory_limit.as_deref(), Some("4GB"));
        assert_eq!(complete.threads, Some(3));
        assert_eq!(complete.database_path(), Some(Path::new("/data/a.duckdb")));
    }

    #[test]
    fn a_number_of_threads_that_is_none_is_an_error() {
        for text in ["two", "0", "-1"] {
            let environment =
                |name: &str| Ok((name == "FEATURESTORE_THREADS").then(|| text.to_owned()));
            let result = OfflineSettings::new().complete(environment, |path| Ok(path.to_owned()));
            assert!(result.is_err(), "{text}");
        }
    }
}
