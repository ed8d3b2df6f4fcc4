//! Which columns of text formats are read as what: those that a view declares as that, those of a
//! spine as what all of their values are.

use featurestore_schema::{Dtype, FileFormat, SourceDtype};

use crate::offline::OfflineError;
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::failure::unreadable;
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::source::columns::{SourceColumn, source_dtype};
use crate::offline::duckdb::source::relation::Relation;
use crate::offline::duckdb::source::scan::{Files, Scan, Texts};
use crate::offline::duckdb::source::text::TextColumn;

impl Relation {
    /// The same rows, with the columns of a text format as what a view declares them as.
    pub(crate) fn declared(
        mut self,
        session: &Session,
        declared: &[(&str, Dtype)],
    ) -> Result<Self, OfflineError> {
        let Some(files) = self.text_files().cloned() else {
            return Ok(self);
        };
        let mut guessed = self.guessed(session, &files)?;
        if is_empty_json(files.format(), &guessed) && self.has_no_rows(session)? {
            let missing = declared.iter().filter(|(name, _)| !files.has_key(name));
            guessed = missing
                .map(|(name, _)| ((*name).to_owned(), "JSON".to_owned()))
                .collect();
            self.columns.retain(|column| files.has_key(&column.name));
            self.columns
                .extend(guessed.iter().map(|(name, _)| SourceColumn {
                    name: name.clone(),
                    dtype: SourceDtype::String,
                }));
        }
        let mut texts = Texts {
            all: true,
            ..Texts::default()
        };
        for (name, sql) in guessed {
            let found = declared.iter().find(|(declared, _)| *declared == name);
            let column = found.and_then(|(_, dtype)| {
                Some((*dtype, TextColumn::of(files.format(), &name, *dtype)?))
            });
            let dtype = match (&column, files.format()) {
                (Some((dtype, _)), _) => SourceDtype::of(*dtype),
                (None, FileFormat::Csv) => SourceDtype::String,
                (None, _) => source_dtype(&sql),
            };
            self.retype(&name, dtype);
            if files.format() == FileFormat::Json {
                let sql = if column.is_some() {
                    "JSON".to_owned()
                } else {
                    sql
                };
                texts.read.push((name, sql));
            }
            texts.values.extend(column.map(|(_, column)| column));
        }
        self.scan = Scan::Files(files.with_texts(texts));
        Ok(self)
    }

    /// Takes also what another view declares of the same rows; no where it declares a column as
    /// another dtype.
    pub(crate) fn also(&mut self, other: &Self) -> bool {
        let (Scan::Files(own), Scan::Files(others)) = (&mut self.scan, &other.scan) else {
            return true;
        };
        if own.is_parquet() {
            return true;
        }
        if !own.also(others) {
            return false;
        }
        for name in others.typed() {
            if let Some(column) = other.columns.iter().find(|column| column.name == name) {
                self.retype(name, column.dtype);
            }
        }
        true
    }

    /// The same rows, as those of a spine: keys and time as what is asked for where all values are
    /// one, days and times where all are written as such, else texts as they are.
    pub(crate) fn of_spine(
        mut self,
        session: &Session,
        asked: &[(&str, Dtype)],
    ) -> Result<Self, OfflineError> {
        let Some(files) = self.text_files().cloned() else {
            return Ok(self);
        };
        let format = files.format();
        let guessed = self.guessed(session, &files)?;
        let mut texts = Texts::default();
        let mut looked_at = Vec::new();
        for (name, sql) in guessed {
            let guess = source_dtype(&sql);
            let asked = asked.iter().find(|(asked, _)| *asked == name);
            let wanted = match (asked, guess) {
                (Some((_, Dtype::Timestamp)), SourceDtype::Timestamp { .. })
                    if format == FileFormat::Csv =>
                {
                    Some(Dtype::Timestamp)
                }
                (Some((_, dtype)), _) if *dtype == Dtype::Timestamp || !dtype.accepts(&guess) => {
                    Some(*dtype)
                }
                (None, SourceDtype::Timestamp { .. }) => Some(Dtype::Timestamp),
                (_, SourceDtype::Date) => Some(Dtype::Date),
                _ => None,
            };
            let column =
                wanted.and_then(|dtype| Some((dtype, TextColumn::of(format, &name, dtype)?)));
            let read = match (&column, format) {
                (None, FileFormat::Csv) => None,
                (None, _) => Some(sql),
                (Some(_), FileFormat::Csv) => Some("VARCHAR".to_owned()),
                (Some(_), _) => Some("JSON".to_owned()),
            };
            texts.read.extend(read.map(|read| (name, read)));
            looked_at.extend(column);
        }
        if looked_at.is_empty() {
            return Ok(self);
        }
        let plain = files.without_keys().with_texts(texts.clone());
        let valid = self.valid(session, &plain, &looked_at)?;
        for ((dtype, column), valid) in looked_at.into_iter().zip(valid) {
            let (dtype, column) = if valid {
                (SourceDtype::of(dtype), column)
            } else {
                (
                    SourceDtype::String,
                    TextColumn::lenient(format, &column.name),
                )
            };
            self.retype(&column.name, dtype);
            texts.values.push(column);
        }
        self.scan = Scan::Files(files.with_texts(texts));
        Ok(self)
    }

    /// What is said where two views don't declare a column alike.
    pub(crate) fn declared_twice(&self, (first, second): (&str, &str)) -> OfflineError {
        let reason = format!(
            "views `{first}` and `{second}` declare one of its columns as different dtypes, and it has none of its own; declare it alike"
        );
        let what = format!("view `{second}`");
        OfflineError::refused(what, self.text.clone(), reason)
    }

    fn text_files(&self) -> Option<&Files> {
        match &self.scan {
            Scan::Files(files) if !files.is_parquet() => Some(files),
            _ => None,
        }
    }

    /// The columns of the files alone, and the types that `DuckDB` gives them.
    fn guessed(
        &self,
        session: &Session,
        files: &Files,
    ) -> Result<Vec<(String, String)>, OfflineError> {
        let mut params = Params::default();
        let from = files.without_keys().from(|value| params.push(value));
        let described = session.describe(&from, &params);
        described.map_err(|error| unreadable(self.what.clone(), self.text.clone(), error))
    }

    fn has_no_rows(&self, session: &Session) -> Result<bool, OfflineError> {
        let mut params = Params::default();
        let sql = format!(
            "SELECT CAST(count(*) AS UBIGINT) FROM {}",
            self.scan.from(&mut params)
        );
        let rows = session.count(&sql, &params);
        let rows = rows.map_err(|error| unreadable(self.what.clone(), self.text.clone(), error))?;
        Ok(rows == 0)
    }

    /// Whether all values of each column are valid.
    fn valid(
        &self,
        session: &Session,
        files: &Files,
        columns: &[(Dtype, TextColumn)],
    ) -> Result<Vec<bool>, OfflineError> {
        let mut params = Params::default();
        let output: Vec<String> = columns
            .iter()
            .map(|(_, column)| format!("CAST(bool_and({}) AS VARCHAR)", column.is_valid))
            .collect();
        let from = files.from(|value| params.push(value));
        let sql = format!("SELECT {} FROM {from}", output.join(", "));
        let texts = session.texts(&sql, &params);
        let texts =
            texts.map_err(|error| unreadable(self.what.clone(), self.text.clone(), error))?;
        Ok(texts
            .iter()
            .map(|text| text.as_deref() != Some("false"))
            .collect())
    }

    fn retype(&mut self, name: &str, dtype: SourceDtype) {
        for column in &mut self.columns {
            if column.name == name {
                column.dtype = dtype;
            }
        }
    }
}

/// What `DuckDB` makes of JSON files in which there is nothing.
fn is_empty_json(format: FileFormat, guessed: &[(String, String)]) -> bool {
    let is_json = |(name, sql): &(String, String)| name == "json" && sql == "JSON";
    format == FileFormat::Json && matches!(guessed, [only] if is_json(only))
}
