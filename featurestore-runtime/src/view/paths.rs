//! From the paths of declarations to those of this machine.

use std::path::{Path, PathBuf};

use featurestore_schema::{Location, SourcePath, not_local};

use super::Source;

/// Where relative paths of sources start.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    root: PathBuf,
    prefixes: Vec<(String, PathBuf)>,
}

/// A source as this machine has it.
#[cfg_attr(not(feature = "duckdb"), allow(dead_code))]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LocalSource {
    /// Files, also those of an address that a directory stands for.
    Files(SourcePath),
    /// A table of the store's `DuckDB` database.
    Table(&'static str),
    /// A query.
    Sql(&'static str),
}

/// An address, where only a file of this machine will do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", not_local(.address))]
pub struct NotLocal {
    address: String,
}

impl NotLocal {
    fn new(address: impl Into<String>) -> Self {
        let address = address.into();
        Self { address }
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether `path` is one of this machine.
    ///
    /// # Errors
    ///
    /// An address.
    pub(crate) fn check(path: &Path) -> Result<(), Self> {
        let text = path.to_string_lossy();
        match Location::of(&text) {
            Location::Path | Location::Glob => Ok(()),
            Location::Url => Err(Self::new(text)),
        }
    }
}

impl Paths {
    /// Paths below `root` but for those that begin with a prefix, which are below its directory.
    ///
    /// # Errors
    ///
    /// A root or a directory that is an address.
    pub(crate) fn new(root: PathBuf, prefixes: Vec<(String, PathBuf)>) -> Result<Self, NotLocal> {
        NotLocal::check(&root)?;
        for (_, directory) in &prefixes {
            NotLocal::check(directory)?;
        }
        Ok(Self { root, prefixes })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The path that a given one stands for: below the directory of the longest prefix that it
    /// has, else below the data root.
    ///
    /// # Errors
    ///
    /// An address, which is below no directory.
    #[cfg_attr(not(feature = "duckdb"), allow(dead_code))]
    pub(crate) fn resolve(&self, given: &Path) -> Result<PathBuf, NotLocal> {
        let text = given.to_str().unwrap_or_default();
        match self.prefixed(text) {
            Some((_, directory, rest)) => Ok(directory.join(rest)),
            None => {
                NotLocal::check(given)?;
                Ok(self.root.join(given))
            }
        }
    }

    /// Where a declared source is on this machine.
    ///
    /// # Errors
    ///
    /// As there.
    #[cfg_attr(not(feature = "duckdb"), allow(dead_code))]
    pub(crate) fn source(&self, declared: Source) -> Result<LocalSource, NotLocal> {
        let (text, location) = match declared {
            Source::Table(table) => return Ok(LocalSource::Table(table)),
            Source::Sql(sql) => return Ok(LocalSource::Sql(sql)),
            Source::Path(text) => (text, Location::Path),
            Source::Glob(text) => (text, Location::Glob),
            Source::Url(text) => (text, Location::Url),
        };
        self.files(text, location).map(LocalSource::Files)
    }

    /// The files that a pattern names, as one of a declared source does.
    ///
    /// # Errors
    ///
    /// As there.
    #[cfg_attr(not(feature = "duckdb"), allow(dead_code))]
    pub(crate) fn glob(&self, pattern: &str) -> Result<SourcePath, NotLocal> {
        self.files(pattern, Location::of(pattern))
    }

    fn files(&self, text: &str, location: Location) -> Result<SourcePath, NotLocal> {
        match (self.prefixed(text), location) {
            (Some((prefix, directory, rest)), _) => Ok(SourcePath::below(directory, prefix, rest)),
            (None, Location::Url) => Err(NotLocal::new(text)),
            (None, Location::Path | Location::Glob) => Ok(SourcePath::declared(&self.root, text)),
        }
    }

    /// The longest prefix of a text, its directory, and the rest of the text.
    fn prefixed<'a>(&'a self, text: &'a str) -> Option<(&'a str, &'a Path, &'a str)> {
        let below = |prefix: &str| {
            let rest = text.strip_prefix(prefix)?;
            rest.strip_prefix('/')
                .or_else(|| rest.is_empty().then_some(""))
        };
        let known = self.prefixes.iter();
        let known = known.filter_map(|(prefix, directory)| {
            Some((prefix.as_str(), directory.as_path(), below(prefix)?))
        });
        known.max_by_key(|(prefix, ..)| prefix.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_found_below_the_longest_prefix_else_the_root() {
        let prefixes = [("data", "/year"), ("data/small", "/other")];
        let prefixes = prefixes.map(|(prefix, to)| (prefix.to_owned(), PathBuf::from(to)));
        let paths = Paths::new(PathBuf::from("/crate"), prefixes.to_vec()).unwrap();
        for (declared, path) in [
            ("data/a.parquet", "/year/a.parquet"),
            ("data/small/a.parquet", "/other/a.parquet"),
            ("database/a.parquet", "/crate/database/a.parquet"),
            ("/absolute.parquet", "/absolute.parquet"),
        ] {
            let resolved = paths.resolve(Path::new(declared));
            assert_eq!(resolved, Ok(PathBuf::from(path)));
        }
    }

    #[test]
    fn an_address_is_never_a_path() {
        let paths = Paths::new(PathBuf::from("/crate"), Vec::new()).unwrap();
        let text = "s3://bucket/a.parquet";
        let declared = paths.source(Source::Url(text)).unwrap_err();
        assert_eq!(paths.resolve(Path::new(text)), Err(declared.clone()));
        let message = declared.to_string();
        assert!(
            message.starts_with("`s3://bucket/a.parquet` is an address"),
            "{message}"
        );
        assert!(Paths::new(PathBuf::from("gs://bucket"), Vec::new()).is_err());
    }
}
