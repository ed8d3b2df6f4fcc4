//! The spine: the entity rows that features are joined onto.

use std::path::PathBuf;

use arrow::record_batch::RecordBatch;
use duckdb::types::{TimeUnit, Value as Bound};
use featurestore_schema::{Dtype, SourceDtype};

use super::OfflineError;
use crate::error::Error;
use crate::key::{EntityKey, KeyPart};
use crate::offline::duckdb::session::sql::{Params, quote};
use crate::offline::duckdb::session::{Session, unreadable};
use crate::offline::duckdb::source::columns::sql_type;
use crate::offline::duckdb::source::relation::Relation;
use crate::offline::duckdb::source::scan::{Format, Scan};
use crate::offline::duckdb::stage::values::stage_batches;
use crate::service::ServiceDefinition;
use crate::time::Timestamp;
use crate::types::Value;
use crate::view::Paths;

/// The entity rows to join features onto: the join keys of a service, a time per row, and any
/// other columns, which come through untouched.
///
/// The columns of the join keys have the names that the views' `entity` gives them; the time is
/// in `event_timestamp`, or where [`timestamp`](Self::timestamp) says. Times without a zone are
/// UTC. A relative path starts where relative paths of sources do.
#[derive(Debug, Clone)]
#[must_use]
pub struct Spine {
    rows: Rows,
    timestamp: String,
}

#[derive(Debug, Clone)]
enum Rows {
    File(Option<Format>, PathBuf),
    Sql(String),
    Values {
        parts: &'static [KeyPart],
        rows: Vec<(Vec<Value>, Timestamp)>,
    },
    Batches(Vec<RecordBatch>),
    /// Every entity that has a row at the time.
    Known(Timestamp),
}

/// The table that rows are put into which are in no file of their own.
pub(super) const TABLE: &str = "spine_rows";
/// The same with numbers of its own.
const NUMBERED: &str = "spine_numbered_rows";

impl Spine {
    /// A Parquet file, or a glob of them.
    pub fn parquet(path: impl Into<PathBuf>) -> Self {
        Self::new(Rows::File(Some(Format::Parquet), path.into()))
    }

    /// A file, or a glob of files, of Parquet, CSV or JSON, told apart by the extension.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self::new(Rows::File(None, path.into()))
    }

    /// The result of a query, in `DuckDB`'s SQL.
    pub fn sql(query: impl Into<String>) -> Self {
        Self::new(Rows::Sql(query.into()))
    }

    /// Keys and times from Rust. The keys are those of the service, or of a type that widens to
    /// theirs losslessly.
    pub fn rows<K: EntityKey>(rows: impl IntoIterator<Item = (K, Timestamp)>) -> Self {
        let owned = |key: &K| -> Vec<Value> {
            let parts = key.to_parts();
            let dtypes = K::PARTS.iter().map(KeyPart::dtype);
            parts
                .iter()
                .copied()
                .zip(dtypes)
                .map(|(value, dtype)| value.to_owned(dtype))
                .collect()
        };
        Self::new(Rows::Values {
            parts: K::PARTS,
            rows: rows
                .into_iter()
                .map(|(key, time)| (owned(&key), time))
                .collect(),
        })
    }

    /// Arrow's record batches, all of one schema.
    pub fn batches(batches: impl IntoIterator<Item = RecordBatch>) -> Self {
        Self::new(Rows::Batches(batches.into_iter().collect()))
    }

    /// Every entity that the service's views have a row of at `at`, each once, at that time.
    pub(super) fn known(at: Timestamp) -> Self {
        Self::new(Rows::Known(at))
    }

    /// The column that has the rows' times, where it isn't `event_timestamp`.
    pub fn timestamp(mut self, column: impl Into<String>) -> Self {
        self.timestamp = column.into();
        self
    }

    fn new(rows: Rows) -> Self {
        Self {
            rows,
            timestamp: "event_timestamp".to_owned(),
        }
    }

    pub(super) fn timestamp_column(&self) -> &str {
        &self.timestamp
    }

    /// Makes the rows readable in `session`. Rows without numbers of their own are read once, into
    /// a table.
    pub(super) fn relation(
        &self,
        session: &Session,
        service: &ServiceDefinition,
        paths: &Paths,
        known_at: Option<Timestamp>,
    ) -> Result<Relation, Error> {
        let what = format!("the spine of `{}`", service.name());
        let (scan, text) = match &self.rows {
            Rows::File(format, path) => {
                let path = paths.resolve(path);
                let path = path.map_err(|error| OfflineError::not_local(&what, error))?;
                let text = path.to_string_lossy().into_owned();
                (Scan::file(*format, &path), text)
            }
            Rows::Sql(sql) => (Scan::Query(sql.clone()), "the spine's query".to_owned()),
            Rows::Values { parts, rows } => {
                self.stage_values(session, service, parts, rows)?;
                (
                    Scan::Staged(TABLE.to_owned()),
                    "the spine's rows".to_owned(),
                )
            }
            Rows::Batches(batches) => {
                stage_batches(session, service, batches)?;
                let text = "the spine's batches".to_owned();
                (Scan::Staged(TABLE.to_owned()), text)
            }
            Rows::Known(at) => {
                self.stage_known(session, service, paths, *at, known_at)?;
                let text = "the entities that are known".to_owned();
                (Scan::Staged(TABLE.to_owned()), text)
            }
        };
        let relation =
            Relation::describe(session, scan, what, text).map_err(OfflineError::of_spine)?;
        match relation.scan {
            Scan::Staged(_) if relation.has_any(&["rowid"]) => {
                Ok(relation.stage(session, NUMBERED, |_| true)?)
            }
            _ if relation.is_numbered() => Ok(relation),
            _ => Ok(relation.stage(session, TABLE, |_| true)?),
        }
    }
}

/// A join key or the time of the spine has a type that its dtype accepts.
///
/// # Errors
///
/// Another type. Where it is text, as that of a CSV file's column is once one value is no time,
/// the first value is named that is not of the dtype.
pub(super) fn check_type(
    session: &Session,
    spine: &Relation,
    (column, actual): (&str, &SourceDtype),
    service: &ServiceDefinition,
    expected: Dtype,
) -> Result<(), OfflineError> {
    if expected.accepts(actual) {
        return Ok(());
    }
    let source_text = spine.text.clone();
    if *actual == SourceDtype::String {
        let mut params = Params::default();
        let sql = format!(
            "SELECT CAST(n AS VARCHAR), v FROM (SELECT {} AS v, row_number() OVER (ORDER BY {}) AS n \
             FROM {}) WHERE v IS NOT NULL AND TRY_CAST(v AS {}) IS NULL ORDER BY n LIMIT 1",
            quote(column),
            spine.order(),
            spine.scan.from(&mut params),
            sql_type(expected)
        );
        let found = session.texts(&sql, &params);
        let found =
            found.map_err(|error| unreadable(spine.what.clone(), source_text.clone(), &error))?;
        if let [Some(row), Some(value)] = &found[..] {
            return Err(OfflineError::SpineValue {
                column: column.into(),
                source_text: source_text.into(),
                service: service.name(),
                expected,
                row: row.parse().unwrap_or_default(),
                value: value.as_str().into(),
            });
        }
    }
    Err(OfflineError::SpineType {
        column: column.to_owned(),
        source_text,
        actual: actual.to_string(),
        what: format!("service `{}`", service.name()),
        expected,
    })
}

/// A value as a query's parameter has it.
pub(super) fn bound(value: &Value) -> Bound {
    match value {
        Value::Bool(value) => Bound::Boolean(*value),
        Value::Int(value) => Bound::BigInt(*value),
        Value::UInt(value) => Bound::UBigInt(*value),
        Value::F32(value) => Bound::Float(*value),
        Value::F64(value) => Bound::Double(*value),
        Value::Str(value) => Bound::Text(value.clone()),
        Value::Bytes(value) => Bound::Blob(value.clone()),
        Value::Timestamp(value) => {
            Bound::Timestamp(TimeUnit::Microsecond, value.timestamp_micros())
        }
        Value::Date(value) => Bound::Date32(value.to_epoch_days()),
        // As texts, which a cast to the dtype's SQL type reads exactly.
        Value::Decimal { .. } | Value::Uuid(_) | Value::Json(_) => {
            Bound::Text(value.text().into_owned())
        }
        Value::List(values) => Bound::List(
            values
                .iter()
                .map(|value| value.as_ref().map_or(Bound::Null, bound))
                .collect(),
        ),
    }
}
