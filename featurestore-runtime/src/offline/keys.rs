//! The spine's keys and times, in a table of their own: what every view is searched with.

use super::OfflineError;
use super::columns::{SourceColumn, cast, time};
use super::plan::Plan;
use super::relation::{Params, quote};
use super::session::{Session, unreadable};
use featurestore_schema::{Dtype, SourceDtype};

/// The table: a row's place `n`, keys `k0`, .., its time `t` in microseconds and, where a view
/// compares in them, `u` in nanoseconds. Of a narrow spine also its columns `c0`, ..
pub(super) const KEYS: &str = "spine_keys";

/// The most columns of a narrow spine.
const NARROW: usize = 16;

/// What is known of the spine's rows once they are read.
#[derive(Debug)]
pub(super) struct SpineKeys {
    pub(super) rows: u64,
    /// The earliest and the latest time, in microseconds; nothing where there are no rows.
    pub(super) times: Option<(i64, i64)>,
    /// Per join key the smallest and the largest value, where its dtype's order is that of SQL.
    pub(super) bounds: Vec<Option<(String, String)>>,
}

impl Plan {
    /// Reads the spine's keys and times.
    ///
    /// # Errors
    ///
    /// A row without a usable time, or a spine that can't be read.
    pub(super) fn read_keys(&self, session: &Session) -> Result<SpineKeys, OfflineError> {
        let mut params = Params::default();
        let sql = self.stage_keys(&mut params);
        create_unordered(session, &sql, &params).map_err(|error| {
            unreadable(self.spine.what.clone(), self.spine.text.clone(), &error)
        })?;
        let failure = |error| OfflineError::query("reading the spine's keys", &error);
        let mut output = vec![
            "CAST(count(*) AS VARCHAR)".to_owned(),
            format!("CAST(count(*) FILTER ({UNUSABLE}) AS VARCHAR)"),
            "CAST(min(t) AS VARCHAR)".to_owned(),
            "CAST(max(t) AS VARCHAR)".to_owned(),
        ];
        for (index, (_, dtype)) in self.keys.iter().enumerate() {
            for bound in ["min", "max"] {
                output.push(if is_ordered(*dtype) {
                    format!("CAST({bound}(k{index}) AS VARCHAR)")
                } else {
                    "NULL".to_owned()
                });
            }
        }
        let sql = format!("SELECT {} FROM {KEYS}", output.join(", "));
        let texts = session.texts(&sql, &Params::default()).map_err(failure)?;
        let text = |index: usize| texts.get(index).cloned().flatten();
        let number = |index: usize| text(index).and_then(|text| text.parse::<i64>().ok());
        let count = |index: usize| number(index).map_or(0, i64::unsigned_abs);
        if count(1) > 0 {
            return Err(self.unusable_time(session, count(1)));
        }
        let bounds = (0..self.keys.len()).map(|key| text(4 + 2 * key).zip(text(5 + 2 * key)));
        Ok(SpineKeys {
            rows: count(0),
            times: number(2).zip(number(3)),
            bounds: bounds.collect(),
        })
    }

    fn stage_keys(&self, params: &mut Params) -> String {
        let mut output = vec![format!("{} AS n", self.spine.order())];
        for (index, (place, dtype)) in self.keys.iter().enumerate() {
            let column = &self.spine.columns[*place];
            let key = cast(&quote(&column.name), &column.dtype, *dtype);
            output.push(format!("{key} AS k{index}"));
        }
        let column = &self.spine.columns[self.time];
        let name = quote(&column.name);
        output.push(format!("{} AS t", time(&name, &column.dtype, false)));
        if self.groups.iter().any(|group| group.nanos) {
            output.push(format!("{} AS u", time(&name, &column.dtype, true)));
        }
        if self.has_narrow_spine() {
            output.extend(self.spine_columns());
        }
        format!(
            "CREATE TABLE {KEYS} AS SELECT {} FROM {}",
            output.join(", "),
            self.spine.scan.from(params)
        )
    }

    /// Whether the spine's columns are so few and short that it is read only once.
    pub(super) fn has_narrow_spine(&self) -> bool {
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
            "SELECT count(*) FROM {KEYS} WHERE n <= (SELECT min(n) FROM {KEYS} WHERE {UNUSABLE})"
        );
        match session.count(&sql, &Params::default()) {
            Ok(first) => OfflineError::SpineTime {
                count,
                first,
                column: self.spine.columns[self.time].name.clone(),
                source_text: self.spine.text.clone(),
            },
            Err(error) => OfflineError::query("reading the spine's times", &error),
        }
    }
}

/// Makes a table whose rows have their place in a column, and may come in any order: in the order
/// that they are read, it takes twice as long.
pub(super) fn create_unordered(
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

/// Whether a row's time is null, infinite, or beyond [`TIME_LIMIT`](super::TIME_LIMIT).
const UNUSABLE: &str = "t IS NULL OR t NOT BETWEEN -4000000000000000000 AND 4000000000000000000";

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
