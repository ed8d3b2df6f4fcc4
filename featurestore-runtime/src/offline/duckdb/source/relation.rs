//! What a query can read: rows, their columns, how many there are and what numbers them.

use std::path::PathBuf;
use std::sync::Arc;

use featurestore_schema::files::SourceFiles;
use featurestore_schema::footer::read_files;
use featurestore_schema::{FileFormat, SourceDtype, SourcePath};

use crate::offline::OfflineError;
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::failure::unreadable;
use crate::offline::duckdb::session::sql::{Params, quote};
use crate::offline::duckdb::source::columns::{
    SourceColumn, has_nanos, is_wide_decimal, source_dtype,
};
use crate::offline::duckdb::source::finer::{self, Lossy};
use crate::offline::duckdb::source::lineage::Lineage;
use crate::offline::duckdb::source::names::{self, Alike};
use crate::offline::duckdb::source::scan::{Files, Scan, key_type, list};
use crate::offline::duckdb::source::signed;

/// Rows with their columns.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    pub(crate) scan: Scan,
    pub(crate) columns: Vec<SourceColumn>,
    /// The columns of nanoseconds in its files that `DuckDB` reads as microseconds.
    pub(crate) rounded: Vec<String>,
    /// Those files, where it is no query.
    pub(crate) files: Option<Arc<SourceFiles>>,
    /// What there is to know of a query.
    pub(crate) queried: Option<Queried>,
    /// Columns that are taken for one.
    pub(crate) alike: Vec<Alike>,
    /// Who reads it, for messages.
    pub(crate) what: String,
    /// What it is, for messages.
    pub(crate) text: String,
}

/// What a query reads.
#[derive(Debug, Clone)]
pub(crate) struct Queried {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) lineage: Lineage,
}

/// More rows than a file has.
const FILE_STRIDE: i64 = 1 << 40;

/// Numbers rows that have no numbers of their own, in the one query that has it.
const ROW_NUMBER: &str = "row_number() OVER ()";

/// The name that `DuckDB` gives the numbers of a table's rows.
const ROW_ID: &str = "rowid";

/// Numbers of a staged table's rows, where a column of them has the name [`ROW_ID`].
const STAGED_ROW: &str = "featurestore_row";

/// How many rows there are to read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) rows: u64,
    files: u64,
    /// The most rows of one file.
    most: u64,
}

impl Extent {
    pub(crate) const fn has_one_file(&self) -> bool {
        self.files <= 1
    }

    /// More than any place that [`Relation::place`] gives.
    pub(crate) const fn places(&self) -> u64 {
        self.files.saturating_mul(self.most)
    }
}

impl Relation {
    /// Looks at the files of a source or a spine.
    pub(crate) fn of_files(
        session: &Session,
        source: &SourcePath,
        format: Option<FileFormat>,
        what: String,
    ) -> Result<Self, OfflineError> {
        let listed = list(source, format, &what)?;
        let text = listed.text();
        session.note(&what, &listed)?;
        // Files of one source agree: DuckDB would cast what differs to the first's types.
        let footer = read_files(&listed)
            .map_err(|error| OfflineError::unreadable(what.clone(), text.clone(), error))?;
        let files = Files::new(listed.clone());
        let mut own = Self::describe(session, Scan::Files(files.clone()), what, text)?;
        for column in &mut own.columns {
            let known = footer.as_ref();
            let known = known.and_then(|footer| footer.columns.get(&column.name));
            if let Some(known) = known.filter(|known| is_wide_decimal(&known.dtype)) {
                column.dtype = known.dtype;
            }
        }
        let alike = names::of_files(session, &files, &own.columns, footer.as_ref())
            .map_err(|error| unreadable(own.what.clone(), own.text.clone(), error))?;
        let refused =
            |reason: String| OfflineError::refused(own.what.clone(), own.text.clone(), reason);
        let names = own.columns.iter().map(|column| column.name.as_str());
        let keys = listed
            .keys(names.clone())
            .map_err(|error| OfflineError::unreadable(own.what.clone(), own.text.clone(), error))?;
        let of_keys = keys.iter().map(|key| SourceColumn {
            name: key.name.clone(),
            dtype: source_dtype(key_type(key)),
        });
        let of_keys: Vec<SourceColumn> = of_keys.collect();
        let files = files.with_keys(keys, names).ok_or_else(|| {
            refused("its files have a column `file_index`, which DuckDB tells them apart by, and `key=value` folders in their paths; rename the column".to_owned())
        })?;
        let files = files.replacing(own.unreliable(&listed)?);
        let is_rounded = |column: &&SourceColumn| {
            let known = footer
                .as_ref()
                .and_then(|footer| footer.columns.get(&column.name));
            known.is_some_and(|known| has_nanos(&known.dtype)) && !has_nanos(&column.dtype)
        };
        let rounded = own.columns.iter().filter(is_rounded);
        let rounded = rounded.map(|column| column.name.clone()).collect();
        let columns = own.columns.iter().cloned().chain(of_keys).collect();
        Ok(Self {
            scan: Scan::Files(files),
            columns,
            rounded,
            files: Some(listed),
            alike,
            ..own
        })
    }

    /// The columns whose statistics are not to be believed, and what they are read as.
    fn unreliable(&self, files: &SourceFiles) -> Result<Vec<(String, String)>, OfflineError> {
        if files.format() != FileFormat::Parquet {
            return Ok(Vec::new());
        }
        let names = signed::columns(files.paths()).map_err(|error| {
            OfflineError::unreadable(self.what.clone(), self.text.clone(), error)
        })?;
        let columns = self.columns.iter();
        let columns = columns.filter(|column| names.contains(&column.name));
        let values = columns.filter_map(|column| {
            Some((
                column.name.clone(),
                signed::value(&column.name, &column.dtype)?,
            ))
        });
        Ok(values.collect())
    }

    /// Looks at the columns of `scan`.
    pub(crate) fn describe(
        session: &Session,
        scan: Scan,
        what: String,
        text: String,
    ) -> Result<Self, OfflineError> {
        let mut params = Params::default();
        let from = scan.from(&mut params);
        let columns = session
            .describe(&from, &params)
            .map_err(|error| unreadable(what.clone(), text.clone(), error))?;
        let columns = columns.into_iter().map(|(name, dtype)| SourceColumn {
            name,
            dtype: source_dtype(&dtype),
        });
        let alike = match &scan {
            Scan::Query(sql) => names::of_query(session, sql),
            _ => Vec::new(),
        };
        Ok(Self {
            scan,
            columns: columns.collect(),
            rounded: Vec::new(),
            files: None,
            queried: None,
            alike,
            what,
            text,
        })
    }

    /// An expression that numbers the rows in their own order, whatever threads read them.
    pub(crate) fn order(&self) -> String {
        match self.scan {
            Scan::Files(_) if self.has_row_numbers() => {
                format!("CAST(file_index AS BIGINT) * {FILE_STRIDE} + file_row_number")
            }
            Scan::Staged(_) if self.has_any(&[ROW_ID]) => STAGED_ROW.to_owned(),
            Scan::Staged(_) => ROW_ID.to_owned(),
            Scan::Table(_, true) if !self.has_any(&[ROW_ID]) => ROW_ID.to_owned(),
            _ => ROW_NUMBER.to_owned(),
        }
    }

    /// Whether its rows have the numbers that `DuckDB` gives those of Parquet files.
    fn has_row_numbers(&self) -> bool {
        self.scan.parquet().is_some() && !self.has_any(&["file_index", "file_row_number"])
    }

    /// Reads the rows once, into a table.
    pub(crate) fn staged(
        &self,
        session: &Session,
        table: &str,
        needed: impl Fn(&str) -> bool,
    ) -> Result<Self, duckdb::Error> {
        let columns = self.columns.iter().filter(|column| needed(&column.name));
        let staged = Self {
            scan: Scan::Staged(table.to_owned()),
            columns: columns.cloned().collect(),
            ..self.clone()
        };
        let mut output: Vec<String> = staged
            .columns
            .iter()
            .map(|column| quote(&column.name))
            .collect();
        if staged.has_any(&[ROW_ID]) {
            output.push(format!("{ROW_NUMBER} - 1 AS {STAGED_ROW}"));
        }
        let mut params = Params::default();
        let sql = format!(
            "CREATE TABLE {table} AS SELECT {} FROM {}",
            output.join(", "),
            self.scan.from(&mut params)
        );
        session.execute(&sql, &params)?;
        Ok(staged)
    }

    /// As [`staged`](Self::staged), in the words of whoever reads it.
    pub(crate) fn stage(
        &self,
        session: &Session,
        table: &str,
        needed: impl Fn(&str) -> bool,
    ) -> Result<Self, OfflineError> {
        self.staged(session, table, needed)
            .map_err(|error| unreadable(self.what.clone(), self.text.clone(), error))
    }

    /// Whether its rows can be read again and again under the same numbers, without reading what
    /// is not asked for.
    pub(crate) fn is_numbered(&self) -> bool {
        self.order() != ROW_NUMBER
    }

    /// Counts the rows; of Parquet files from their footers.
    pub(crate) fn extent(&self, session: &Session) -> Result<Extent, duckdb::Error> {
        let mut params = Params::default();
        let sql = match self.scan.parquet() {
            Some(files) => {
                let files = files.list(|path| params.push(path));
                format!(
                    "SELECT CAST(coalesce(sum(num_rows), 0) AS UBIGINT), CAST(count(*) AS UBIGINT), \
                     CAST(coalesce(max(num_rows), 0) AS UBIGINT) FROM parquet_file_metadata({files})"
                )
            }
            None => {
                let from = self.scan.from(&mut params);
                // Rows that are numbered as they are read have the numbers from 1 on.
                let most = if self.is_numbered() {
                    format!("coalesce(max({}) + 1, 0)", self.order())
                } else {
                    "count(*) + 1".to_owned()
                };
                format!(
                    "SELECT CAST(count(*) AS UBIGINT), CAST(1 AS UBIGINT), \
                     CAST({most} AS UBIGINT) FROM {from}"
                )
            }
        };
        let [rows, files, most] = session.numbers(&sql, &params)?[..] else {
            return Err(duckdb::Error::QueryReturnedNoRows);
        };
        Ok(Extent { rows, files, most })
    }

    /// As [`order`](Self::order), with numbers as small as `extent` allows.
    pub(crate) fn place(&self, extent: &Extent) -> String {
        match self.scan {
            Scan::Files(_) if self.has_row_numbers() && extent.has_one_file() => {
                "file_row_number".to_owned()
            }
            Scan::Files(_) if self.has_row_numbers() => {
                format!(
                    "CAST(file_index AS BIGINT) * {} + file_row_number",
                    extent.most
                )
            }
            _ => self.order(),
        }
    }

    /// Conditions for a few stretches of rows, evenly spread, which a scan reads alone: at most
    /// `share` of all rows, or of one file where there are several.
    pub(crate) fn stretches(&self, extent: &Extent, count: u64, rows: u64) -> Vec<String> {
        let name = match &self.scan {
            Scan::Files(_) => "file_row_number",
            _ if self.has_any(&[ROW_ID]) => STAGED_ROW,
            _ => ROW_ID,
        };
        let file = if extent.files > 1 {
            format!("file_index = {} AND ", extent.files / 2)
        } else {
            String::new()
        };
        let step = (extent.most / count).max(1);
        (0..count)
            .map(|index| {
                let first = index * step;
                format!(
                    "{file}{name} >= {first} AND {name} < {}",
                    first + rows.min(step)
                )
            })
            .collect()
    }

    /// Whether times can be compared in a column as they are in the file: `DuckDB` rounds some
    /// down to microseconds, and a time that it rounds would be seen before it is.
    pub(crate) fn check_exact(&self, column: &str) -> Result<(), OfflineError> {
        self.rounded_of(column)
            .try_for_each(|column| self.check_finest(column))
    }

    /// The columns of nanoseconds that a column is, or may be made of.
    fn rounded_of(&self, column: &str) -> impl Iterator<Item = &str> {
        let names = self.rounded.iter().map(String::as_str);
        names.filter(move |name| match &self.queried {
            Some(queried) => queried.lineage.may_be_of(column, name),
            None => *name == column,
        })
    }

    /// No time in a column is finer than `DuckDB` reads it.
    pub(crate) fn check_finest(&self, column: &str) -> Result<(), OfflineError> {
        match self.first_lossy(column, Lossy::Finer)? {
            None => Ok(()),
            Some((file, row)) => Err(OfflineError::Finer {
                what: self.what.clone(),
                column: column.to_owned(),
                file,
                row,
            }),
        }
    }

    /// Times of a feature are rounded down to microseconds, if at all.
    pub(crate) fn check_rounded_down(&self, column: &str) -> Result<(), OfflineError> {
        self.rounded_of(column).try_for_each(|column| match self.first_lossy(column, Lossy::RoundedUp)? {
            None => Ok(()),
            Some((file, row)) => Err(OfflineError::refused(
                self.what.clone(),
                self.text.clone(),
                format!(
                    "`{column}` of {file} has zoned times before 1970 with nanoseconds, the first in row {row}, and DuckDB rounds those up; write the column as TIMESTAMP(NANOS) without a zone (isAdjustedToUTC=false), or rounded down to microseconds"
                ),
            )),
        })
    }

    /// The first time of a column that loses what is looked for: its file and its row, from 1.
    fn first_lossy(
        &self,
        column: &str,
        lossy: Lossy,
    ) -> Result<Option<(String, u64)>, OfflineError> {
        let queried = self.queried.as_ref().map(|queried| &*queried.files);
        let files = self.files.as_ref().map(|files| files.paths());
        let files = queried.or(files).unwrap_or_default();
        let found = finer::first(files, column, lossy).map_err(|error| {
            OfflineError::unreadable(self.what.clone(), self.text.clone(), error)
        })?;
        Ok(found.map(|(file, row)| (file.to_string_lossy().into_owned(), row)))
    }

    /// Expressions for where a row is: its file, null where it has none, and its place there or,
    /// where rows have none in a file, in the source; from 1.
    pub(crate) fn shown_place(&self) -> (&'static str, &'static str) {
        match self.scan {
            Scan::Files(_) if self.has_row_numbers() && !self.has_any(&["filename"]) => {
                ("filename", "file_row_number + 1")
            }
            Scan::Staged(_) if self.has_any(&[ROW_ID]) => ("NULL", "featurestore_row + 1"),
            Scan::Staged(_) => ("NULL", "rowid + 1"),
            Scan::Table(_, true) if !self.has_any(&[ROW_ID]) => ("NULL", "rowid + 1"),
            _ => ("NULL", "row_number() OVER ()"),
        }
    }

    /// Whether a column has one of these names, which it then has instead of `DuckDB`'s own.
    pub(crate) fn has_any(&self, names: &[&str]) -> bool {
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
        let mut alike = self.alike.iter();
        if let Some(pair) = alike.find(|(first, _)| first.eq_ignore_ascii_case(name)) {
            return Err(self.taken_for_one(pair));
        }
        let mut columns = self.columns.iter().enumerate();
        columns
            .find(|(_, column)| column.name == name)
            .map(|(index, column)| (index, &column.dtype))
            .ok_or_else(|| {
                let known = self.columns.iter().map(|column| column.name.as_str());
                OfflineError::no_column(self.what.clone(), role, name, self.text.clone(), known)
            })
    }

    /// No two columns are taken for one.
    pub(crate) fn check_names(&self) -> Result<(), OfflineError> {
        let first = self.alike.first();
        first.map_or(Ok(()), |pair| Err(self.taken_for_one(pair)))
    }

    fn taken_for_one(&self, (first, second): &Alike) -> OfflineError {
        OfflineError::Alike {
            what: self.what.as_str().into(),
            source_text: self.text.as_str().into(),
            first: first.as_str().into(),
            second: second.as_str().into(),
        }
    }
}
