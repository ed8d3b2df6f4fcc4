//! The spine's keys and times: what every view is searched with.

use crate::offline::OfflineError;
use crate::offline::duckdb::plan::Plan;
use crate::offline::duckdb::rule::unusable;
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::failure::{failed, unreadable};
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::source::columns::{SourceColumn, cast};
use crate::offline::duckdb::source::scan::Files;
use crate::offline::duckdb::tables::{
    ASKED, ASKED_NANOS, ASKED_WHOLE, COLUMN, KEY, REQUEST, ROW, SPINE_COLUMNS, SPINE_KEYS,
};
use featurestore_schema::{Dtype, SourceDtype};

/// The most columns of a narrow spine.
const NARROW: usize = 16;

/// What is known of the spine's rows once they are read.
#[derive(Debug)]
pub(crate) struct SpineKeys {
    pub(crate) rows: u64,
    /// The earliest and the latest time, in microseconds; nothing where there are no rows.
    pub(crate) times: Option<(i64, i64)>,
    /// Per join key the smallest and the largest value, where its dtype's order is that of SQL.
    pub(crate) bounds: Vec<Option<(String, String)>>,
}

impl Plan {
    /// Reads the spine's keys and times.
    ///
    /// # Errors
    ///
    /// A row without a usable time, or a spine that can't be read.
    pub(crate) fn read_keys(&self, session: &Session) -> Result<SpineKeys, OfflineError> {
        let failure = |error: duckdb::Error| {
            unreadable(self.spine.what.clone(), self.spine.text.clone(), error)
        };
        self.stage_keys(session).map_err(failure)?;
        let mut output = vec![
            "CAST(count(*) AS VARCHAR)".to_owned(),
            format!("CAST(count(*) FILTER ({}) AS VARCHAR)", unusable(ASKED)),
            format!("CAST(min({ASKED}) AS VARCHAR)"),
            format!("CAST(max({ASKED}) AS VARCHAR)"),
        ];
        for index in 0..self.keys.len() {
            // Also where they are no bounds: a key that can't be read is an error here.
            output.extend(
                ["min", "max"].map(|bound| format!("CAST({bound}({KEY}{index}) AS VARCHAR)")),
            );
        }
        let sql = format!("SELECT {} FROM {SPINE_KEYS}", output.join(", "));
        let texts = session.texts(&sql, &Params::default()).map_err(failure)?;
        let text = |index: usize| texts.get(index).cloned().flatten();
        let number = |index: usize| text(index).and_then(|text| text.parse::<i64>().ok());
        let count = |index: usize| {
            let count = number(index).map(i64::unsigned_abs);
            count.ok_or_else(|| OfflineError::internal("the spine's rows are not counted"))
        };
        let unusable = count(1)?;
        if unusable > 0 {
            return Err(self.unusable_time(session, unusable));
        }
        let bounds = self.keys.iter().enumerate().map(|(key, (_, dtype))| {
            let bounds = text(4 + 2 * key).zip(text(5 + 2 * key));
            bounds.filter(|_| is_ordered(*dtype))
        });
        Ok(SpineKeys {
            rows: count(0)?,
            times: number(2).zip(number(3)),
            bounds: bounds.collect(),
        })
    }

    /// Makes the view [`SPINE_KEYS`]. Each column is stored once; keys and times are made of them as they
    /// are read.
    fn stage_keys(&self, session: &Session) -> Result<(), duckdb::Error> {
        let is_needed = |index: usize| {
            let mut given = self.keys.iter().chain(&self.request);
            index == self.time || given.any(|(column, _)| *column == index)
        };
        let columns = self.spine_columns().enumerate();
        let columns: Vec<String> = columns
            .filter(|(index, _)| self.has_narrow_spine() || is_needed(*index))
            .map(|(_, column)| column)
            .collect();
        let columns = format!("{} AS {ROW}, {}", self.spine.order(), columns.join(", "));
        let rows = if let Some(files) = self.spine_in_place() {
            // A view takes no parameter.
            let files = files.from(|path| format!("'{}'", path.replace('\'', "''")));
            format!("(SELECT {columns} FROM {files})")
        } else {
            let mut params = Params::default();
            let from = self.spine.scan.from(&mut params);
            let sql = format!("CREATE TABLE {SPINE_COLUMNS} AS SELECT {columns} FROM {from}");
            create_unordered(session, &sql, &params)?;
            SPINE_COLUMNS.to_owned()
        };
        let mut output: Vec<String> = Vec::new();
        for (index, (column, dtype)) in self.keys.iter().enumerate() {
            let from = &self.spine.columns[*column].dtype;
            let key = cast(&format!("{COLUMN}{column}"), from, *dtype);
            output.push(format!("{key} AS {KEY}{index}"));
        }
        for (index, (column, dtype)) in self.request.iter().enumerate() {
            let from = &self.spine.columns[*column].dtype;
            let value = cast(&format!("{COLUMN}{column}"), from, *dtype);
            output.push(format!("{value} AS {REQUEST}{index}"));
        }
        let name = format!("{COLUMN}{}", self.time);
        output.push(format!("{} AS {ASKED}", self.asked(&name, false)));
        if self.groups.iter().any(|group| group.rule.is_nanos()) {
            output.push(format!("{} AS {ASKED_NANOS}", self.asked(&name, true)));
        }
        if self.groups.iter().any(|group| group.windows.is_some()) {
            output.push(format!("{} AS {ASKED_WHOLE}", self.asked_whole(&name)));
        }
        let sql = format!(
            "CREATE VIEW {SPINE_KEYS} AS SELECT *, {} FROM {rows}",
            output.join(", ")
        );
        session.execute(&sql, &Params::default()).map(drop)
    }

    /// The file of a spine that is read where it is: of a few columns of numbers and times, for the
    /// one search that takes them along, it is read as fast as the table that it would be put into.
    pub(crate) fn spine_in_place(&self) -> Option<&Files> {
        let files = self.spine.scan.parquet()?;
        let mut columns = self.spine.columns.iter();
        let is_read_fast = self.groups.len() == 1
            && self.has_narrow_spine()
            && self.spine.is_numbered()
            && columns.all(|column| column.dtype != SourceDtype::String);
        (is_read_fast && !files.has_keys()).then_some(files)
    }

    /// Why the spine can't be read, if it can't: where it is read in place, a search may have failed
    /// by it.
    pub(crate) fn spine_failure(&self, session: &Session) -> Option<OfflineError> {
        self.spine_in_place()?;
        let columns = 0..self.spine.columns.len();
        let columns: Vec<String> = columns.map(|index| format!("{COLUMN}{index}")).collect();
        let columns = columns.join(", ");
        let sql = format!("SELECT count(*) FROM {SPINE_KEYS} WHERE hash({columns}) = 0");
        let error = session.count(&sql, &Params::default()).err()?;
        let (what, text) = (&self.spine.what, &self.spine.text);
        Some(unreadable(what.clone(), text.clone(), error))
    }

    /// Whether the spine's columns are so few and short that it is read only once.
    pub(crate) fn has_narrow_spine(&self) -> bool {
        let is_key = |index: usize| self.keys.iter().any(|(column, _)| *column == index);
        let is_short = |(index, column): (usize, &SourceColumn)| match column.dtype {
            SourceDtype::String => is_key(index),
            SourceDtype::Bytes | SourceDtype::List(_) | SourceDtype::Other(_) => false,
            _ => true,
        };
        let columns = &self.spine.columns;
        columns.len() <= NARROW && columns.iter().enumerate().all(is_short)
    }

    fn unusable_time(&self, session: &Session, count: u64) -> OfflineError {
        let sql = format!(
            "SELECT count(*) FROM {SPINE_KEYS} WHERE {ROW} <= (SELECT min({ROW}) FROM {SPINE_KEYS} WHERE {})",
            unusable(ASKED)
        );
        match session.count(&sql, &Params::default()) {
            Ok(first) => OfflineError::SpineTime {
                count,
                first,
                column: self.spine.columns[self.time].name.clone(),
                source_text: self.spine.text.clone(),
            },
            Err(error) => failed("reading the spine's times", error),
        }
    }
}

/// Makes a table whose rows have their number in a column, and may come in any order: in the order
/// that they are read, it takes twice as long.
pub(crate) fn create_unordered(
    session: &Session,
    sql: &str,
    params: &Params,
) -> Result<(), duckdb::Error> {
    let set = |preserve: bool| {
        let sql = format!("SET preserve_insertion_order = {preserve}");
        session.execute(&sql, &Params::default())
    };
    set(false)?;
    let created = session.execute(sql, params);
    set(true)?;
    created.map(drop)
}

/// Whether a dtype's values are bounded by texts that SQL reads back, in the order it compares in.
const fn is_ordered(dtype: Dtype) -> bool {
    matches!(
        dtype,
        Dtype::String
            | Dtype::I8
            | Dtype::I16
            | Dtype::I32
            | Dtype::I64
            | Dtype::U8
            | Dtype::U16
            | Dtype::U32
            | Dtype::U64
            | Dtype::Date
    )
}
