//! From batches of events to the columns that a sweep reads.

use arrow::array::{Array, ArrayRef, AsArray as _};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type};
use arrow::record_batch::RecordBatch;
use featurestore_schema::Dtype;

use super::group::GroupWindows;
use crate::offline::OfflineError;
use crate::offline::events::EventBatch;
use crate::view::Filter;
use crate::view::windows::with_scalar;
use crate::windows::Kind;
use crate::windows::sweep::{Column, Events, KeyedEvents, Values};

/// A batch of [`events`](crate::offline::duckdb::tables::events): short key, times, place, `read`.
pub(super) fn keyed_events(
    batch: &RecordBatch,
    group: &GroupWindows,
    read: &[usize],
) -> Result<KeyedEvents, OfflineError> {
    let events = EventBatch::new(batch, group.source, 1, read)?;
    let keys = numbers(batch, 0)?.iter().map(|key| key.cast_unsigned());
    let rows = 0..events.len();
    let created = rows.clone().map(|row| events.created(row)).collect();
    let ids = rows.clone().map(|row| events.id(row));
    let deleted = group.source.deleted().map(|_| {
        let deleted = rows.clone().map(|row| events.is_deleted(row));
        deleted.collect::<Result<_, _>>()
    });
    let mut columns = Vec::new();
    for (_, windows) in &group.views {
        for (column, kind) in windows.columns.iter().zip(&windows.kinds) {
            let index = read.iter().position(|read| read == column);
            let array = index.and_then(|index| batch.columns().get(4 + index));
            let declared = group.source.columns().get(*column);
            let Some((array, declared)) = array.zip(declared) else {
                return Err(OfflineError::internal("a batch of events lacks a column"));
            };
            columns.push(column_of(array, declared.dtype(), *kind, *column, &events)?);
        }
        for filter in &windows.filters {
            columns.push(outcomes(filter, &events)?);
        }
    }
    Ok(KeyedEvents {
        keys: keys.collect(),
        events: Events {
            times: events.times().to_vec(),
            ids: ids.collect::<Result<_, _>>()?,
            created: group.source.rows().created_column().map(|_| created),
            arrived: None,
            places: Some(rows.map(|row| events.place(row)).collect()),
            deleted: deleted.transpose()?,
            columns,
        },
    })
}

/// A column of numbers that are all there.
pub(super) fn numbers(batch: &RecordBatch, index: usize) -> Result<&[i64], OfflineError> {
    let column = batch.columns().get(index);
    let column = column.filter(|column| *column.data_type() == DataType::Int64);
    let column = column.filter(|column| column.null_count() == 0);
    let column = column.map(|column| &column.as_primitive::<Int64Type>().values()[..]);
    column.ok_or_else(|| OfflineError::internal("a staged table lacks a column of numbers"))
}

/// A column's values: those that lie there as they are needed are copied, the others looked at one by one.
fn column_of(
    array: &ArrayRef,
    dtype: Dtype,
    kind: Kind,
    column: usize,
    events: &EventBatch<'_>,
) -> Result<Column, OfflineError> {
    let present = array.nulls().map(|nulls| nulls.iter().collect());
    let values = match (dtype, array.data_type()) {
        (Dtype::I64, DataType::Int64) => {
            Values::Integers(array.as_primitive::<Int64Type>().values().to_vec())
        }
        (Dtype::F64, DataType::Float64) => {
            Values::Floats(array.as_primitive::<Float64Type>().values().to_vec())
        }
        (Dtype::Decimal { .. }, DataType::Decimal128(precision, _)) => {
            let values = array.as_primitive::<Decimal128Type>().values();
            if *precision <= 18 {
                #[allow(clippy::cast_possible_truncation)] // 18 digits fit
                Values::Integers(values.iter().map(|value| *value as i64).collect())
            } else {
                Values::Wide(values.to_vec())
            }
        }
        _ => each_value(kind, column, events)?,
    };
    Ok(Column { values, present })
}

fn each_value(kind: Kind, column: usize, events: &EventBatch<'_>) -> Result<Values, OfflineError> {
    let other = || OfflineError::internal("an event's column is of what its aggregates don't take");
    let mut values = Values::of(kind, events.len());
    for row in 0..events.len() {
        let taken = events.each(row, |value| match value(column) {
            None => values.push(None),
            Some(value) => with_scalar(value, |scalar| values.push(Some(scalar))).unwrap_or(false),
        })?;
        if !taken {
            return Err(other());
        }
    }
    Ok(values)
}

/// Whether a filter holds of each event.
fn outcomes(filter: &Filter, events: &EventBatch<'_>) -> Result<Column, OfflineError> {
    let outcomes = (0..events.len()).map(|row| {
        let holds = events.each(row, |value| filter.holds(&value))?;
        Ok(i64::from(holds))
    });
    Ok(Column {
        values: Values::Integers(outcomes.collect::<Result<_, OfflineError>>()?),
        present: None,
    })
}
