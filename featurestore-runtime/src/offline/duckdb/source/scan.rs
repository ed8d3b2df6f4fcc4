//! Where rows are: a file, a glob, a table, a query.

use std::path::Path;

use featurestore_schema::Location;

use crate::offline::OfflineError;
use crate::offline::duckdb::session::sql::Params;
use crate::offline::spine::Format;

impl Format {
    const fn function(self) -> &'static str {
        match self {
            Self::Parquet => "read_parquet",
            Self::Csv => "read_csv",
            Self::Json => "read_json",
        }
    }
}

/// Where rows are.
#[derive(Debug, Clone)]
pub(crate) enum Scan {
    File(Format, String),
    /// A table that this run made.
    Staged(String),
    /// A table or view of the store's database, as it follows `FROM`, and whether its rows are
    /// numbered.
    Table(String, bool),
    Query(String),
}

impl Scan {
    /// A file, a glob, or all Parquet files below a directory.
    pub(crate) fn file(format: Option<Format>, path: &Path) -> Self {
        let format = format.unwrap_or_else(|| Format::of(path));
        let files = if format == Format::Parquet && path.is_dir() {
            path.join("**/*.parquet")
        } else {
            path.to_owned()
        };
        Self::File(format, files.to_string_lossy().into_owned())
    }

    /// What follows `FROM`.
    pub(crate) fn from(&self, params: &mut Params) -> String {
        match self {
            Self::File(format, path) => {
                let path = params.push(path.clone());
                format!("{}({path})", format.function())
            }
            Self::Staged(table) => table.clone(),
            Self::Table(table, _) => table.clone(),
            // The line break ends a comment in the query's last line.
            Self::Query(sql) => format!("({}\n)", sql.trim().trim_end_matches(';')),
        }
    }
}

/// A local file is there, before `DuckDB` is asked about it.
pub(crate) fn check_file(path: &str, what: &str) -> Result<(), OfflineError> {
    if Location::of(path) != Location::File {
        return Ok(());
    }
    let found = match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            "that is a directory without Parquet files; name the files in it, as in `DIR/*.csv`"
        }
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "there is no such file",
        Err(error) => {
            let (what, path) = (what.to_owned(), path.to_owned());
            return Err(OfflineError::unreadable(what, path, error));
        }
    };
    Err(OfflineError::no_file(
        what.to_owned(),
        path.to_owned(),
        found,
    ))
}
