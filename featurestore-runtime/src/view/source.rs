//! Where a view's rows come from.

use std::fmt;

/// Where a view's rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// A file of Parquet, CSV or JSON lines, told apart by the extension, or all Parquet files below
    /// a folder. A relative path starts at the store's data root.
    Path(&'static str),
    /// Such files by a pattern, of which the data root is no part.
    Glob(&'static str),
    /// Files elsewhere by their address, which are read where the store has them in a directory.
    Url(&'static str),
    /// A table of the store's `DuckDB` database.
    Table(&'static str),
    /// A query, in `DuckDB`'s SQL.
    Sql(&'static str),
}

impl Source {
    /// The path, pattern or address, the table's name or the query's text, as declared.
    #[must_use]
    pub const fn text(&self) -> &'static str {
        match self {
            Self::Path(text)
            | Self::Glob(text)
            | Self::Url(text)
            | Self::Table(text)
            | Self::Sql(text) => text,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) | Self::Glob(path) | Self::Url(path) => formatter.write_str(path),
            Self::Table(table) => write!(formatter, "table {table}"),
            Self::Sql(sql) => write!(formatter, "sql: {sql}"),
        }
    }
}

/// What is done where a source no longer fits its declaration: `FEATURESTORE_DRIFT` when the view
/// was compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Drift {
    /// The store refuses to open.
    Deny,
    /// The store warns and opens.
    Warn,
    /// The store opens.
    Allow,
}
