//! Rows that a query can read: a file, a glob, a table, a query. What `DuckDB` gets is text that
//! this build composed; paths and values are bound.

use std::path::Path;

use duckdb::types::Value as Bound;
use featurestore_schema::SourceDtype;

use super::OfflineError;
use super::columns::{SourceColumn, source_dtype};
use super::session::{Session, unreadable};

/// The values that stand for `$1`, `$2`, .. in a query.
#[derive(Debug, Default, Clone)]
pub(crate) struct Params(Vec<Bound>);

impl Params {
    /// Binds a value; gives its place in the text.
    pub(crate) fn push(&mut self, value: impl Into<Bound>) -> String {
        self.0.push(value.into());
        format!("${}", self.0.len())
    }

    pub(super) fn bind(&self) -> impl duckdb::Params {
        duckdb::params_from_iter(self.0.iter())
    }
}

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Parquet,
    Csv,
    Json,
}

impl Format {
    /// By the extension, also in front of `.gz` and `.zst`; Parquet where it says nothing.
    pub(crate) fn of(path: &Path) -> Self {
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
    /// A table that this build made.
    Staged(&'static str),
    Query(String),
}

impl Scan {
    /// What follows `FROM`.
    pub(crate) fn from(&self, params: &mut Params) -> String {
        match self {
            Self::File(format, path) => {
                let path = params.push(path.clone());
                format!("{}({path})", format.function())
            }
            Self::Staged(table) => (*table).to_owned(),
            // The line break ends a comment in the query's last line.
            Self::Query(sql) => format!("({}\n)", sql.trim().trim_end_matches(';')),
        }
    }
}

/// Rows with their columns.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    pub(crate) scan: Scan,
    pub(crate) columns: Vec<SourceColumn>,
    /// Who reads it, for messages.
    pub(crate) what: String,
    /// What it is, for messages.
    pub(crate) text: String,
}

/// More rows than a file has.
const FILE_STRIDE: i64 = 1 << 40;

impl Relation {
    /// Looks at the columns of `scan`.
    pub(crate) fn describe(
        session: &Session,
        scan: Scan,
        what: String,
        text: String,
    ) -> Result<Self, OfflineError> {
        if let Scan::File(_, path) = &scan {
            check_file(path, &what)?;
        }
        let mut params = Params::default();
        let from = scan.from(&mut params);
        let columns = session
            .describe(&from, &params)
            .map_err(|error| unreadable(what.clone(), text.clone(), &error))?;
        let columns = columns
            .into_iter()
            .map(|(name, dtype)| SourceColumn {
                name,
                dtype: source_dtype(&dtype),
            })
            .collect();
        Ok(Self {
            scan,
            columns,
            what,
            text,
        })
    }

    /// An expression that numbers the rows in their own order, whatever threads read them.
    pub(crate) fn order(&self) -> String {
        match self.scan {
            Scan::File(Format::Parquet, _) if !self.has_any(&["file_index", "file_row_number"]) => {
                format!("CAST(file_index AS BIGINT) * {FILE_STRIDE} + file_row_number")
            }
            Scan::Staged(_) => "rowid".to_owned(),
            _ => "row_number() OVER ()".to_owned(),
        }
    }

    /// Expressions for where a row is: its file, null where it has none, and its place there or,
    /// where rows have none in a file, in the source; from 1.
    pub(crate) fn place(&self) -> (&'static str, &'static str) {
        match self.scan {
            Scan::File(Format::Parquet, _)
                if !self.has_any(&["filename", "file_index", "file_row_number"]) =>
            {
                ("filename", "file_row_number + 1")
            }
            Scan::Staged(_) => ("NULL", "rowid + 1"),
            _ => ("NULL", "row_number() OVER ()"),
        }
    }

    /// Whether a column has one of these names, which it then has instead of `DuckDB`'s own.
    fn has_any(&self, names: &[&str]) -> bool {
        let mut columns = self.columns.iter();
        columns.any(|column| {
            names
                .iter()
                .any(|name| column.name.eq_ignore_ascii_case(name))
        })
    }

    /// The column with this name, to the letter.
    pub(crate) fn column(
        &self,
        name: &str,
        role: &'static str,
    ) -> Result<(usize, &SourceDtype), OfflineError> {
        let mut columns = self.columns.iter().enumerate();
        columns
            .find(|(_, column)| column.name == name)
            .map(|(index, column)| (index, &column.dtype))
            .ok_or_else(|| {
                let known = self.columns.iter().map(|column| column.name.as_str());
                OfflineError::no_column(self.what.clone(), role, name, self.text.clone(), known)
            })
    }
}

/// A local file is there, before `DuckDB` is asked about it.
fn check_file(path: &str, what: &str) -> Result<(), OfflineError> {
    if path.contains("://") || path.contains(['*', '?', '[']) {
        return Ok(());
    }
    let found = match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            "that is a directory; name the files in it, as in `DIR/*.parquet`"
        }
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "there is no such file",
        Err(error) => {
            return Err(OfflineError::Unreadable {
                what: what.to_owned(),
                source_text: path.to_owned(),
                reason: error.to_string(),
            });
        }
    };
    Err(OfflineError::NoFile {
        what: what.to_owned(),
        path: path.to_owned(),
        found,
    })
}

/// A name as SQL has it.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
