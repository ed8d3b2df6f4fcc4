//! From the paths of declarations to those of this machine.

use std::path::{Path, PathBuf};

use featurestore_schema::{Location, not_local};

/// Where relative paths of sources start.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    root: PathBuf,
    prefixes: Vec<(String, PathBuf)>,
}

/// An address, where only a file of this machine will do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", not_local(.address))]
pub struct NotLocal {
    address: String,
}

impl NotLocal {
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
            Location::File | Location::Glob => Ok(()),
            Location::Url => Err(Self {
                address: text.into_owned(),
            }),
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

    /// The path that a declared one stands for: below the directory of the longest prefix that it
    /// has, else below the data root.
    ///
    /// # Errors
    ///
    /// An address, which is below no directory.
    #[cfg_attr(not(feature = "duckdb"), allow(dead_code))]
    pub(crate) fn resolve(&self, declared: &Path) -> Result<PathBuf, NotLocal> {
        let text = declared.to_string_lossy();
        let below = |prefix: &str| {
            let rest = text.strip_prefix(prefix)?;
            rest.strip_prefix('/')
                .or_else(|| rest.is_empty().then_some(""))
        };
        let known = self
            .prefixes
            .iter()
            .filter_map(|(prefix, directory)| Some((prefix.len(), directory, below(prefix)?)))
            .max_by_key(|(length, ..)| *length);
        match known {
            Some((_, directory, rest)) => Ok(directory.join(rest)),
            None => {
                NotLocal::check(declared)?;
                Ok(self.root.join(declared))
            }
        }
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
        let error = paths.resolve(Path::new("s3://bucket/a.parquet"));
        let message = error.unwrap_err().to_string();
        assert!(
            message.starts_with("`s3://bucket/a.parquet` is an address"),
            "{message}"
        );
        assert!(Paths::new(PathBuf::from("gs://bucket"), Vec::new()).is_err());
    }
}
