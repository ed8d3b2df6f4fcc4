//! The search of a group of window views: its events are sorted, the spine's rows in the same way, and
//! one sweep over both gives every feature of every row.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use featurestore_schema::Dtype;

use super::columns::{keyed_events, numbers};
use super::events::event_rows;
use super::group::{GroupWindows, SweptFeature};
use super::pages::{Fault, batches};
use crate::offline::OfflineError;
use crate::offline::duckdb::plan::FoundTable;
use crate::offline::duckdb::search::GroupSearch;
use crate::offline::duckdb::session::failure::{failed, unreadable};
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::source::columns::sql_type;
use crate::offline::duckdb::stage::staged::{StagedCells, staged_type};
use crate::offline::duckdb::tables::{
    ASKED, EVENT, FEATURE, KEY, PLACE, ROW, SHORT_KEY, SPINE_KEYS, asked, events, found,
    key_numbers, swept,
};
use crate::view::JoinKey;
use crate::view::windows::feature_value;
use crate::windows::sweep::{Answers, EntityRows, Sweep, SweepError};

/// How many rows are put into the table at once.
const BATCH: usize = 1 << 16;

impl GroupSearch<'_> {
    /// Makes the table of what the spine's rows that have keys are given.
    pub(crate) fn sweep(&self, windows: &GroupWindows) -> Result<FoundTable, OfflineError> {
        let failure = |error| {
            let (what, text) = (&self.relation.what, &self.relation.text);
            unreadable(what.clone(), text.clone(), error)
        };
        let count = self.sort_events(windows).map_err(failure)?;
        let doing = "sorting the spine's rows";
        let rows = self.sort_asked().map_err(|error| failed(doing, error))?;
        let features = windows.features();
        self.create_swept(&features)?;
        let read = windows.read();
        let (table, asked) = (events(self.index), asked(self.index));
        let fault = Fault::default();
        let of_events = batches(self.session, &table, count, &fault, |batch| {
            keyed_events(batch, windows, &read)
        });
        let of_rows = batches(self.session, &asked, rows, &fault, |batch| {
            let column = |index| numbers(batch, index).map(<[i64]>::to_vec);
            let unsigned = |index| {
                let numbers = numbers(batch, index)?.iter();
                Ok::<_, OfflineError>(numbers.map(|number| number.cast_unsigned()).collect())
            };
            Ok(EntityRows {
                keys: unsigned(0)?,
                times: column(1)?,
                numbers: unsigned(2)?,
            })
        });
        let of_core: Vec<_> = features.iter().map(|it| it.feature).collect();
        let arrival = windows.arrival();
        let limit = windows.most_events(self.session)?;
        let mut output = Output::new(self, &features);
        let swept = Sweep::new(&of_core, arrival, limit).run(of_events, of_rows, |answers| {
            if fault.borrow().is_none()
                && let Err(error) = output.put(&answers)
            {
                fault.replace(Some(error));
            }
        });
        if let Some(error) = fault.into_inner() {
            return Err(error);
        }
        swept.map_err(|error| self.sweep_error(&error, &features))?;
        output.flush()?;
        self.name_found(&features)?;
        Ok(FoundTable::ByPlace)
    }

    /// Puts the events of the spine's keys into a table, sorted; gives their number.
    fn sort_events(&self, windows: &GroupWindows) -> Result<u64, duckdb::Error> {
        let numbers = key_numbers(self.index);
        self.number_keys(&numbers)?;
        let extent = self.relation.extent(self.session)?;
        let mut params = Params::default();
        let reach = windows.reach();
        let first = self.spine.times.zip(reach);
        let first = first.map(|((first, _), reach)| first.saturating_sub(reach));
        let bounds = self.group.rule.scan_bounds(first, self.last());
        let columns = windows.read_columns();
        let rows = event_rows(
            &self.group.rule,
            self.relation,
            &extent,
            &columns,
            bounds,
            &mut params,
        );
        let keys = self.key_names();
        let on: Vec<String> = keys
            .iter()
            .map(|key| format!("i.{key} = v.{key}"))
            .collect();
        let table = events(self.index);
        let keys = keys.join(", ");
        let sql = format!(
            "CREATE TABLE {table} AS SELECT i.rowid AS {SHORT_KEY}, v.* EXCLUDE ({keys}) FROM ({rows}) AS v \
             JOIN {numbers} AS i ON {} ORDER BY {SHORT_KEY}, {EVENT}, {PLACE}",
            on.join(" AND ")
        );
        self.session.execute(&sql, &params)?;
        let sql = format!("SELECT count(*) FROM {table}");
        self.session.count(&sql, &Params::default())
    }

    /// Puts the spine's rows that have keys into a table, sorted; gives their number.
    fn sort_asked(&self) -> Result<u64, duckdb::Error> {
        let numbers = key_numbers(self.index);
        let keys = self.group.keys.iter().enumerate();
        let on: Vec<String> = keys
            .map(|(index, (key, ..))| format!("i.{KEY}{index} = s.{KEY}{key}"))
            .collect();
        // As none by a null, no entity is known by an empty text.
        let filled = self.group.keys.iter().enumerate();
        let filled = filled.filter_map(|(index, (_, dtype))| match dtype {
            Dtype::String => Some(format!(" AND i.{KEY}{index} <> ''")),
            Dtype::Bytes => Some(format!(" AND i.{KEY}{index} <> ''::BLOB")),
            _ => None,
        });
        let table = asked(self.index);
        let sql = format!(
            "CREATE TABLE {table} AS SELECT i.rowid AS {SHORT_KEY}, s.{} AS {ASKED}, CAST(s.{ROW} AS BIGINT) AS {ROW} \
             FROM {SPINE_KEYS} AS s JOIN {numbers} AS i ON {}{} ORDER BY 1, 2, 3",
            self.now(),
            on.join(" AND "),
            filled.collect::<String>()
        );
        self.session.execute(&sql, &Params::default())?;
        let sql = format!("SELECT count(*) FROM {table}");
        self.session.count(&sql, &Params::default())
    }

    fn create_swept(&self, features: &[SweptFeature]) -> Result<(), OfflineError> {
        let columns = features.iter().enumerate().map(|(index, it)| {
            let dtype = staged_type(it.column.dtype());
            format!(", {FEATURE}{index} {dtype}")
        });
        let sql = format!(
            "CREATE TABLE {} ({ROW} BIGINT{})",
            swept(self.index),
            columns.collect::<String>()
        );
        let created = self.session.execute(&sql, &Params::default());
        created.map(drop).map_err(staging)
    }

    /// Lets what was found be read as what any search finds: a window's values are of the time that they
    /// are asked for.
    fn name_found(&self, features: &[SweptFeature]) -> Result<(), OfflineError> {
        let columns = features.iter().enumerate().map(|(index, it)| {
            let dtype = sql_type(it.column.dtype());
            format!(", CAST(w.{FEATURE}{index} AS {dtype}) AS {FEATURE}{index}")
        });
        let now = self.now();
        let sql = format!(
            "CREATE VIEW {} AS SELECT s.{ROW}, s.{now} AS {ASKED}, s.{now} AS {EVENT}{} \
             FROM {} AS w JOIN {SPINE_KEYS} AS s ON s.{ROW} = w.{ROW}",
            found(self.index),
            columns.collect::<String>(),
            swept(self.index),
        );
        let created = self.session.execute(&sql, &Params::default());
        created.map(drop).map_err(staging)
    }

    fn sweep_error(&self, error: &SweepError, features: &[SweptFeature]) -> OfflineError {
        let (key, feature) = match error {
            SweepError::Internal(what) => return OfflineError::internal(*what),
            SweepError::TooHeavy { key, .. } | SweepError::Time { key, .. } => (*key, None),
            SweepError::Feature { key, feature, .. } => (*key, features.get(*feature)),
        };
        let feature = feature.or_else(|| features.first());
        match feature {
            Some(feature) => self.unanswered(feature, key, error.to_string()),
            None => OfflineError::internal(error.to_string()),
        }
    }

    /// The error of a feature of an entity, by the number of its key.
    fn unanswered(&self, feature: &SweptFeature, key: u64, reason: String) -> OfflineError {
        let keys: Vec<String> = self.key_names();
        let keys = keys.iter().map(|key| format!("CAST({key} AS VARCHAR)"));
        let sql = format!(
            "SELECT {} FROM {numbers} WHERE {numbers}.rowid = {key}",
            keys.collect::<Vec<_>>().join(", "),
            numbers = key_numbers(self.index),
        );
        let names = feature.view.join_keys().iter().map(JoinKey::name);
        let entity = match self.session.texts(&sql, &Params::default()) {
            Ok(texts) => {
                let values = texts.into_iter().map(Option::unwrap_or_default);
                let pairs = names
                    .zip(values)
                    .map(|(name, value)| format!("{name} {value}"));
                pairs.collect::<Vec<_>>().join(", ")
            }
            Err(error) => format!("number {key} ({error})"),
        };
        OfflineError::Unanswered {
            view: feature.view.name(),
            feature: feature.column.name(),
            entity,
            reason,
        }
    }
}

fn staging(error: duckdb::Error) -> OfflineError {
    failed("staging what windows hold", error)
}

/// What a sweep gives, on its way into a table.
struct Output<'a> {
    search: &'a GroupSearch<'a>,
    features: &'a [SweptFeature],
    rows: Vec<i64>,
    cells: Vec<StagedCells>,
}

impl<'a> Output<'a> {
    fn new(search: &'a GroupSearch<'_>, features: &'a [SweptFeature]) -> Self {
        let cells = features
            .iter()
            .map(|it| StagedCells::new(it.column.dtype()));
        Self {
            search,
            features,
            rows: Vec::new(),
            cells: cells.collect(),
        }
    }

    fn put(&mut self, answers: &Answers<'_>) -> Result<(), OfflineError> {
        let feature = self.features.get(answers.feature);
        let Some((feature, cells)) = feature.zip(self.cells.get_mut(answers.feature)) else {
            return Err(OfflineError::internal(
                "a sweep gives a feature that it has not",
            ));
        };
        if answers.results.len() != answers.rows.len() {
            return Err(OfflineError::internal(
                "a sweep gives fewer results than rows",
            ));
        }
        if answers.feature == 0 {
            self.rows
                .extend(answers.rows.iter().map(|row| row.cast_signed()));
        }
        for result in &answers.results {
            let unanswered = |reason| self.search.unanswered(feature, answers.key, reason);
            let finished = result
                .as_ref()
                .map_err(|error| unanswered(error.to_string()))?;
            let found = feature_value(feature.column, finished);
            cells.push(found.map_err(|error| unanswered(error.to_string()))?)?;
        }
        let is_last = answers.feature + 1 == self.features.len();
        if is_last && self.rows.len() >= BATCH {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), OfflineError> {
        let batch = self.take().map_err(|error| {
            OfflineError::internal(format!("what windows hold is in no batch: {error}"))
        })?;
        let table = swept(self.search.index);
        let mut table = self
            .search
            .session
            .connection()
            .appender(&table)
            .map_err(staging)?;
        table.append_record_batch(batch).map_err(staging)?;
        table.flush().map_err(staging)
    }

    fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        let rows: ArrayRef = Arc::new(Int64Array::from(std::mem::take(&mut self.rows)));
        let mut columns = vec![rows];
        for cells in &mut self.cells {
            columns.push(cells.take()?);
        }
        let fields = columns.iter().enumerate().map(|(index, column)| {
            Field::new(format!("c{index}"), column.data_type().clone(), true)
        });
        RecordBatch::try_new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), columns)
    }
}
