//! From a record batch of the latest rows to online rows: what each must satisfy, and its bytes.

use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use featurestore_schema::Dtype;

use super::Rejection;
use crate::codec::{Header, encode_row};
use crate::error::Error;
use crate::offline::{CellError, Cells, OfflineError, instant};
use crate::online::{Address, RowWrite};
use crate::types::{ValueError, ValueRef};
use crate::view::{ColumnDefinition, JoinKey, ViewDefinition};

/// A record batch of the latest rows, its columns by what they are.
pub(super) struct Batch<'a> {
    view: &'static ViewDefinition,
    pub(super) rows: usize,
    keys: Vec<Cells<'a>>,
    event: Cells<'a>,
    created: Cells<'a>,
    values: Vec<Cells<'a>>,
}

/// What keeps a row out of the online store.
pub(super) struct Violation {
    column: &'static str,
    reason: String,
}

impl<'a> Batch<'a> {
    pub(super) fn new(
        view: &'static ViewDefinition,
        batch: &'a RecordBatch,
    ) -> Result<Self, Error> {
        let mut columns = batch.columns().iter();
        let mut cells = |column: &str, dtype| {
            let array = columns.next();
            let array = array.ok_or_else(|| unreadable(view, column, &"it is not there"))?;
            Cells::new(array, dtype).map_err(|error| unreadable(view, column, &error))
        };
        let keys = view.join_keys().iter();
        let keys = keys
            .map(|key| cells(key.source_column(), key.dtype()))
            .collect::<Result<_, _>>()?;
        let event = cells(view.timestamp_column(), Dtype::I64)?;
        let created = cells(view.created_column().unwrap_or_default(), Dtype::I64)?;
        let values = view.columns().iter();
        let values = values.map(|column| cells(column.source_column(), column.dtype()));
        Ok(Self {
            view,
            rows: batch.num_rows(),
            keys,
            event,
            created,
            values: values.collect::<Result<_, _>>()?,
        })
    }

    /// The first thing that keeps a row out of the online store.
    pub(super) fn violation(&self, row: usize) -> Result<Option<Violation>, Error> {
        for (cells, key) in self.keys.iter().zip(self.view.join_keys()) {
            if let Err(CellError::Value(error)) = cells.get(row) {
                return Ok(Some(Violation {
                    column: key.source_column(),
                    reason: error.to_string(),
                }));
            }
        }
        for index in 0..self.values.len() {
            if let Some(violation) = self.column_violation(index, row)? {
                return Ok(Some(violation));
            }
        }
        Ok(None)
    }

    pub(super) fn column_violation(
        &self,
        index: usize,
        row: usize,
    ) -> Result<Option<Violation>, Error> {
        let (cells, column) = (&self.values[index], &self.view.columns()[index]);
        let reason = match cells.get(row) {
            Ok(Some(value)) => broken_check(column, value),
            Ok(None) if column.nullable() => None,
            Ok(None) => Some(ValueError::Null.to_string()),
            Err(error @ CellError::Type { .. }) => {
                return Err(unreadable(self.view, column.source_column(), &error));
            }
            Err(error) => Some(error.to_string()),
        };
        let column = column.source_column();
        Ok(reason.map(|reason| Violation { column, reason }))
    }

    fn key(&self, row: usize) -> String {
        let dtypes = self.view.join_keys().iter().map(JoinKey::dtype);
        let texts: Vec<String> = self
            .keys
            .iter()
            .zip(dtypes)
            .map(|(cells, dtype)| match cells.get(row) {
                Ok(Some(value)) => value.text(dtype).into_owned(),
                Ok(None) => "null".to_owned(),
                Err(error) => error.to_string(),
            })
            .collect();
        texts.join(", ")
    }

    /// The online row of a row without violations.
    pub(super) fn write<'b>(&'b self, project: &str, row: usize) -> Result<RowWrite, Error> {
        let failure = |error: &dyn std::fmt::Display| unreadable(self.view, &self.key(row), error);
        let read = |cells: &'b Cells<'a>| cells.get(row).map_err(|error| failure(&error));
        let keys = self.keys.iter().map(|cells| Ok(read(cells)?.into_iter()));
        let keys: Vec<ValueRef<'b>> = keys
            .collect::<Result<Vec<_>, Error>>()?
            .into_iter()
            .flatten()
            .collect();
        let values: Vec<Option<ValueRef<'b>>> =
            self.values.iter().map(read).collect::<Result<_, _>>()?;
        let header = Header {
            schema_id: self.view.layout().id(),
            event_timestamp: instant(&self.event, row)
                .map_err(|error| failure(&error))?
                .ok_or_else(|| failure(&"its event timestamp is null"))?,
            created_timestamp: instant(&self.created, row).map_err(|error| failure(&error))?,
        };
        let mut bytes = Vec::new();
        encode_row(self.view.layout(), &header, &values, &mut bytes)
            .map_err(|error| failure(&error))?;
        Ok(RowWrite {
            address: Address::new(project, self.view, &keys)?,
            field: self.view.field(),
            row: Bytes::from(bytes),
        })
    }
}

impl Violation {
    pub(super) fn rejection(self, batch: &Batch<'_>, row: usize) -> Rejection {
        Rejection {
            key: batch.key(row),
            column: self.column,
            reason: self.reason,
        }
    }
}

fn broken_check(column: &ColumnDefinition, value: ValueRef<'_>) -> Option<String> {
    // `one_of` of an enum compares texts, which is what its variants are in the source.
    let check = column.checks().iter().find(|check| !check.holds(value))?;
    Some(format!(
        "the value {} violates {check}",
        value.text(column.dtype())
    ))
}

fn unreadable(view: &ViewDefinition, column: &str, error: &dyn std::fmt::Display) -> Error {
    OfflineError::Query {
        doing: format!("reading `{column}` of view `{}`", view.name()),
        reason: error.to_string(),
    }
    .into()
}
