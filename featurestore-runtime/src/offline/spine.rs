//! The spine: the entity rows that features are joined onto.

use std::path::PathBuf;

use duckdb::types::{TimeUnit, Value as Bound};
use featurestore_schema::{Dtype, SourceDtype};

use super::OfflineError;
use super::columns::sql_type;
use super::relation::{Format, Params, Relation, Scan, quote};
use super::session::Session;
use crate::error::Error;
use crate::key::{EntityKey, KeyPart};
use crate::service::ServiceDefinition;
use crate::store::Paths;
use crate::time::Timestamp;
use crate::types::Value;

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
}

const TABLE: &str = "spine_rows";

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

    /// Makes the rows readable in `session`. What is not Parquet is read once, into a table.
    pub(super) fn relation(
        &self,
        session: &Session,
        service: &ServiceDefinition,
        paths: &Paths,
    ) -> Result<Relation, Error> {
        let what = format!("the spine of `{}`", service.name());
        let (scan, text) = match &self.rows {
            Rows::File(format, path) => {
                let path = paths.resolve(&path.to_string_lossy());
                let format = format.unwrap_or_else(|| Format::of(&path));
                let path = path.to_string_lossy().into_owned();
                (Scan::File(format, path.clone()), path)
            }
            Rows::Sql(sql) => (Scan::Query(sql.clone()), "the spine's query".to_owned()),
            Rows::Values { parts, rows } => {
                self.stage_values(session, service, parts, rows)?;
                (Scan::Staged(TABLE), "the spine's rows".to_owned())
            }
        };
        let relation = Relation::describe(session, scan, what, text)?;
        if matches!(
            relation.scan,
            Scan::File(Format::Parquet, _) | Scan::Staged(_)
        ) {
            return Ok(relation);
        }
        let mut params = Params::default();
        let from = relation.scan.from(&mut params);
        session
            .execute(
                &format!("CREATE TABLE {TABLE} AS SELECT * FROM {from}"),
                &params,
            )
            .map_err(|error| {
                super::session::unreadable(relation.what.clone(), relation.text.clone(), &error)
            })?;
        Ok(Relation {
            scan: Scan::Staged(TABLE),
            ..relation
        })
    }

    fn stage_values(
        &self,
        session: &Session,
        service: &ServiceDefinition,
        parts: &[KeyPart],
        rows: &[(Vec<Value>, Timestamp)],
    ) -> Result<(), Error> {
        let wanted = service.join_keys();
        let matches = parts.len() == wanted.len()
            && parts.iter().zip(&wanted).all(|(part, (name, dtype))| {
                dtype.accepts(&SourceDtype::of(part.dtype()))
                    && part.name().is_none_or(|own| own == *name)
            });
        if !matches {
            let text = |name: Option<&str>, dtype: Dtype| match name {
                Some(name) => format!("`{name}` ({dtype})"),
                None => dtype.to_string(),
            };
            let given: Vec<String> = parts
                .iter()
                .map(|part| text(part.name(), part.dtype()))
                .collect();
            let wanted: Vec<String> = wanted
                .iter()
                .map(|(name, dtype)| text(Some(name), *dtype))
                .collect();
            return Err(OfflineError::SpineKey {
                service: service.name(),
                given: given.join(", "),
                wanted: wanted.join(", "),
            }
            .into());
        }
        let failure = |error| OfflineError::query("taking the spine's rows", &error);
        let mut columns: Vec<String> = parts
            .iter()
            .zip(&wanted)
            .map(|(part, (name, _))| format!("{} {}", quote(name), sql_type(part.dtype())))
            .collect();
        columns.push(format!("{} TIMESTAMPTZ", quote(&self.timestamp)));
        let text = format!("CREATE TABLE {TABLE} ({})", columns.join(", "));
        session
            .execute(&text, &Params::default())
            .map_err(failure)?;
        let mut table = session.connection().appender(TABLE).map_err(failure)?;
        for (key, time) in rows {
            let time = Bound::Timestamp(TimeUnit::Microsecond, time.timestamp_micros());
            let cells = key.iter().map(bound).chain([time]);
            table
                .append_row(duckdb::appender_params_from_iter(cells))
                .map_err(failure)?;
        }
        table.flush().map_err(failure)?;
        Ok(())
    }
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
