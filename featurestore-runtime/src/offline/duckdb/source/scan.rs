//! Where rows are: files, a table, a query.

use std::sync::Arc;

use featurestore_schema::files::{PathKey, SourceFiles};
use featurestore_schema::{FileFormat, SourcePath, literal_pattern};

use crate::offline::OfflineError;
use crate::offline::duckdb::session::sql::{Params, quote};
use crate::offline::duckdb::source::text::TextColumn;

/// Where rows are.
#[derive(Debug, Clone)]
pub(crate) enum Scan {
    Files(Files),
    /// A table that this run made.
    Staged(String),
    /// A table or view of the store's database, as it follows `FROM`, and whether its rows are
    /// numbered.
    Table(String, bool),
    Query(String),
}

/// Files, read as they were listed: `DuckDB` is given each by its name, and takes no column from
/// their paths by itself.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    listed: Arc<SourceFiles>,
    keys: Vec<PathKey>,
    /// The numbers and names that `DuckDB` has of rows, as far as the files have no column of the
    /// name.
    numbers: Vec<&'static str>,
    /// Columns of Parquet files that are read otherwise than as they are, and how.
    replaced: Vec<(String, String)>,
    texts: Option<Texts>,
}

/// How the columns of text formats are read, instead of by the types that `DuckDB` guesses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    /// Columns and the SQL types that the reader gives them: of CSV those that it is not to guess,
    /// of JSON all.
    pub(crate) read: Vec<(String, String)>,
    /// Whether it is to guess none.
    pub(crate) all: bool,
    /// What is made of them.
    pub(crate) values: Vec<TextColumn>,
}

/// What `DuckDB` tells of each row of a Parquet file.
const FILE_INDEX: &str = "file_index";
const NUMBERS: [&str; 3] = [FILE_INDEX, "file_row_number", "filename"];

impl Files {
    pub(crate) const fn new(listed: Arc<SourceFiles>) -> Self {
        Self {
            listed,
            keys: Vec::new(),
            numbers: Vec::new(),
            replaced: Vec::new(),
            texts: None,
        }
    }

    /// The same with columns of their paths, beside `columns` of their own; nothing where the
    /// files can't be told apart.
    pub(crate) fn with_keys<'a>(
        self,
        keys: Vec<PathKey>,
        columns: impl Iterator<Item = &'a str> + Clone,
    ) -> Option<Self> {
        let is_taken = |name: &str| {
            let mut names = columns.clone();
            names.any(|column| column.eq_ignore_ascii_case(name))
        };
        if !keys.is_empty() && is_taken(FILE_INDEX) {
            return None;
        }
        let is_key = |name: &str| keys.iter().any(|key| key.name.eq_ignore_ascii_case(name));
        let numbers = NUMBERS.into_iter();
        let numbers = numbers.filter(|name| self.is_parquet() && !is_taken(name) && !is_key(name));
        let numbers = numbers.collect();
        Some(Self {
            keys,
            numbers,
            ..self
        })
    }

    pub(crate) fn is_parquet(&self) -> bool {
        self.format() == FileFormat::Parquet
    }

    pub(crate) fn format(&self) -> FileFormat {
        self.listed.format()
    }

    /// Whether the paths have a key of this name.
    pub(crate) fn has_key(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key.name == name)
    }

    /// The columns of text that are read as what is declared.
    pub(crate) fn typed(&self) -> impl Iterator<Item = &str> {
        let values = self.texts.iter().flat_map(|texts| &texts.values);
        values.map(|column| column.name.as_str())
    }

    /// The same files without their keys.
    pub(crate) fn without_keys(&self) -> Self {
        Self::new(Arc::clone(&self.listed))
    }

    /// The same files, of which columns are read as these expressions.
    pub(crate) fn replacing(self, replaced: Vec<(String, String)>) -> Self {
        Self { replaced, ..self }
    }

    pub(crate) fn with_texts(self, texts: Texts) -> Self {
        let texts = Some(texts);
        Self { texts, ..self }
    }

    /// Reads also the columns that `other` reads of the same files as it does; no where it reads
    /// one otherwise.
    pub(crate) fn also(&mut self, other: &Self) -> bool {
        let (Some(own), Some(others)) = (&mut self.texts, &other.texts) else {
            return true;
        };
        let differs = |column: &TextColumn| {
            let mut known = own.values.iter();
            known.any(|known| known.name == column.name && known != column)
        };
        if others.values.iter().any(differs) {
            return false;
        }
        for column in &others.values {
            if !own.values.contains(column) {
                own.values.push(column.clone());
            }
            let read = others.read.iter().find(|(name, _)| *name == column.name);
            own.read.retain(|(name, _)| *name != column.name);
            own.read.extend(read.cloned());
        }
        true
    }

    /// What is said to the reader beside the files.
    fn options(&self) -> String {
        let texts = self.texts.as_ref();
        let read = texts.filter(|texts| !texts.read.is_empty()).map(|texts| {
            let types = texts.read.iter().map(|(name, sql)| {
                let [name, sql] = [name, sql].map(|text| text.replace('\'', "''"));
                format!("'{name}': '{sql}'")
            });
            types.collect::<Vec<_>>().join(", ")
        });
        match (self.format(), read) {
            (FileFormat::Parquet, _) | (FileFormat::Json, None) => String::new(),
            (FileFormat::Csv, _) if texts.is_some_and(|texts| texts.all) => {
                ", header = true, all_varchar = true".to_owned()
            }
            (FileFormat::Csv, None) => ", header = true".to_owned(),
            (FileFormat::Csv, Some(types)) => format!(", header = true, types = {{{types}}}"),
            (FileFormat::Json, Some(types)) => format!(", columns = {{{types}}}"),
        }
    }

    /// All columns of the files.
    fn columns(&self) -> String {
        let texts = self.texts.iter().flat_map(|texts| &texts.values);
        let texts = texts.map(|column| (&column.name, &column.value));
        let values = self.replaced.iter().map(|(name, value)| (name, value));
        let values = values.chain(texts);
        let values = values.map(|(name, value)| format!("{value} AS {}", quote(name)));
        let values: Vec<String> = values.collect();
        if values.is_empty() {
            return "*".to_owned();
        }
        format!("* REPLACE ({})", values.join(", "))
    }

    pub(crate) fn has_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    /// What follows `FROM`, where `bind` gives what stands for a value.
    pub(crate) fn from(&self, mut bind: impl FnMut(String) -> String) -> String {
        let function = match self.format() {
            FileFormat::Parquet => "read_parquet",
            FileFormat::Csv => "read_csv",
            FileFormat::Json => "read_json",
        };
        let files = self.list(&mut bind);
        let (options, columns) = (self.options(), self.columns());
        let read = format!("{function}({files}, hive_partitioning = false{options})");
        if self.keys.is_empty() && columns == "*" {
            return read;
        }
        let numbers: String = self
            .numbers
            .iter()
            .map(|name| format!(", {name}"))
            .collect();
        let keys = self.keys.iter().map(|key| {
            let values = key.values.iter().map(|value| match value {
                Some(value) => bind(value.clone()),
                None => "NULL".to_owned(),
            });
            let values: Vec<String> = values.collect();
            format!(
                ", CAST([{}] AS {}[])[CAST({FILE_INDEX} AS BIGINT) + 1] AS {}",
                values.join(", "),
                key_type(key),
                quote(&key.name)
            )
        });
        let keys: String = keys.collect();
        format!("(SELECT {columns}{numbers}{keys} FROM {read})")
    }

    /// The list of the files.
    pub(crate) fn list(&self, bind: impl FnMut(String) -> String) -> String {
        let paths = self.listed.paths().iter();
        let paths = paths.map(|path| literal_pattern(&path.to_string_lossy()));
        let paths: Vec<String> = paths.map(bind).collect();
        format!("[{}]", paths.join(", "))
    }
}

/// The SQL type of a key.
pub(crate) const fn key_type(key: &PathKey) -> &'static str {
    match key.dtype {
        featurestore_schema::SourceDtype::Date => "DATE",
        featurestore_schema::SourceDtype::I64 => "BIGINT",
        _ => "VARCHAR",
    }
}

impl Scan {
    /// Parquet files, if it is some.
    pub(crate) fn parquet(&self) -> Option<&Files> {
        match self {
            Self::Files(files) if files.is_parquet() => Some(files),
            _ => None,
        }
    }

    /// What follows `FROM`.
    pub(crate) fn from(&self, params: &mut Params) -> String {
        match self {
            Self::Files(files) => files.from(|value| params.push(value)),
            Self::Staged(table) => table.clone(),
            Self::Table(table, _) => table.clone(),
            // The line break ends a comment in the query's last line.
            Self::Query(sql) => format!("({}\n)", sql.trim().trim_end_matches(';')),
        }
    }
}

/// The files of a source or a spine, of which there is one at least.
pub(crate) fn list(
    source: &SourcePath,
    format: Option<FileFormat>,
    what: &str,
) -> Result<Arc<SourceFiles>, OfflineError> {
    let path = source.path();
    let text = || path.to_string_lossy().into_owned();
    let listed = SourceFiles::list(source, format)
        .map_err(|error| OfflineError::unreadable(what.to_owned(), text(), error))?;
    if !listed.paths().is_empty() {
        return Ok(Arc::new(listed));
    }
    let found = if path.is_dir() {
        "that is a directory without Parquet files; name the files in it, as in `DIR/*.csv`"
    } else if source.is_pattern() {
        "no file matches it"
    } else {
        "there is no such file"
    };
    Err(OfflineError::no_file(what.to_owned(), text(), found))
}
