//! Reading rows of a key, and what they say in exact times.

use arrow::record_batch::RecordBatch;
use featurestore_schema::Dtype;

use super::query::{BEFORE_FEATURES, KeyRows, Side};
use crate::offline::cells::{CellError, Cells, value_or_fault};
use crate::offline::duckdb::session::Session;
use crate::offline::explain::ExactRow;
use crate::offline::{OfflineError, Place};
use crate::pit::{Condition, MICRO, instant};
use crate::time::Timestamp;
use crate::types::{JsonRef, Value, ValueRef};

/// Of rows: how many, how many without a usable event time, the first and the last one's.
pub(crate) type Summary = (u64, u64, Option<(Timestamp, Timestamp)>);

pub(crate) fn summary(
    session: &Session,
    rows: &KeyRows<'_>,
    whole: bool,
) -> Result<Summary, OfflineError> {
    let (sql, params) = rows.summary(whole);
    let batches = session.batches(&sql, &params);
    let batches = batches.map_err(|error| rows.failure(error))?;
    let mut numbers = [None; 4];
    if let Some(batch) = batches.first().filter(|batch| batch.num_rows() > 0) {
        for (number, column) in numbers.iter_mut().zip(batch.columns()) {
            let cells =
                Cells::new(column, Dtype::I64).map_err(|error| rows.cell("a count", error))?;
            *number = integer(&cells, 0).map_err(|error| rows.cell("a count", error))?;
        }
    }
    let [count, unusable, first, last] = numbers;
    let counted = |number: Option<i64>| {
        let number = number.and_then(|number| u64::try_from(number).ok());
        number.ok_or_else(|| rows.cell("a count", CellError::Absent))
    };
    let micros = |number: i64| instant(i128::from(number) * MICRO);
    let times = first
        .zip(last)
        .map(|(first, last)| (micros(first), micros(last)));
    Ok((counted(count)?, counted(unusable)?, times))
}

pub(crate) fn read(
    session: &Session,
    rows: &KeyRows<'_>,
    side: Side,
    most: u64,
) -> Result<Vec<ExactRow>, OfflineError> {
    let (sql, params) = rows.nearest(side, most);
    let batches = session.batches(&sql, &params);
    let batches = batches.map_err(|error| rows.failure(error))?;
    let mut read = Vec::new();
    for batch in &batches {
        rows.take(batch, &mut read)?;
    }
    Ok(read)
}

impl KeyRows<'_> {
    fn take(&self, batch: &RecordBatch, read: &mut Vec<ExactRow>) -> Result<(), OfflineError> {
        let before = [
            Dtype::I64,
            Dtype::I64,
            Dtype::I64,
            Dtype::I64,
            Dtype::String,
            Dtype::I64,
        ];
        let columns = self.view.columns().iter();
        let dtypes: Vec<(&str, Dtype)> = before
            .into_iter()
            .map(|dtype| ("a row's times and place", dtype))
            .chain(columns.map(|column| (column.source_column(), lenient(column.dtype()))))
            .collect();
        let cells = batch.columns().iter().zip(&dtypes);
        let cells: Vec<Cells<'_>> = cells
            .map(|(array, (name, dtype))| {
                Cells::new(array, *dtype).map_err(|error| self.cell(name, error))
            })
            .collect::<Result<_, _>>()?;
        let Some((before, features)) = cells.split_at_checked(BEFORE_FEATURES) else {
            return Err(self.cell("a row's times and place", CellError::Absent));
        };
        // As they are declared, for what the rule says of them.
        let declared = batch.columns().iter().skip(BEFORE_FEATURES);
        let declared = declared.zip(self.view.columns()).map(|(array, column)| {
            Cells::new(array, column.dtype())
                .map_err(|error| self.cell(column.source_column(), error))
        });
        let declared: Vec<Cells<'_>> = declared.collect::<Result<_, _>>()?;
        for row in 0..batch.num_rows() {
            let number = |index: usize| {
                let number = integer(&before[index], row);
                number.map_err(|error| self.cell(dtypes[index].0, error))
            };
            let exact = |micros: i64, beyond: Option<i64>| {
                i128::from(micros) * MICRO + i128::from(beyond.unwrap_or_default())
            };
            let file = before[4]
                .get(row)
                .map_err(|error| self.cell("the file's name", error))?;
            let mut rejected = None;
            for (cells, column) in declared.iter().zip(self.view.columns()) {
                let value = value_or_fault(cells.get(row))
                    .map_err(|error| self.cell(column.source_column(), error))?;
                rejected = Condition::of_column(column).check(value).err();
                if rejected.is_some() {
                    break;
                }
            }
            let mut values = Vec::with_capacity(self.columns.len());
            for index in self.columns {
                let absent = || self.cell("a feature", CellError::Absent);
                let cells = features.get(*index).ok_or_else(absent)?;
                let column = &self.view.columns()[*index];
                let value = value_or_fault(cells.get(row))
                    .map_err(|error| self.cell(column.source_column(), error))?;
                values.push(match value {
                    Ok(None) => None,
                    Ok(Some(value)) => {
                        let value = value.to_owned(lenient(column.dtype()));
                        Some(declared_value(value, column.dtype()))
                    }
                    // Shown as what it is.
                    Err(fault) => Some(Value::Str(fault.to_string())),
                });
            }
            let some = |index: usize| {
                let absent = || self.cell(dtypes[index].0, CellError::Absent);
                number(index)?.ok_or_else(absent)
            };
            let beyond_created = number(3)?;
            read.push(ExactRow {
                event: exact(some(0)?, number(1)?),
                created: number(2)?.map(|micros| exact(micros, beyond_created)),
                place: Place {
                    file: file.map(|file| file.text(Dtype::String).into_owned()),
                    row: some(5)?.unsigned_abs(),
                },
                values,
                rejected,
            });
        }
        Ok(())
    }

    fn cell(&self, column: &str, error: CellError) -> OfflineError {
        let view = self.view.name();
        OfflineError::cell(
            format!("explaining view `{view}`: reading `{column}`"),
            error,
        )
    }
}

/// The dtype that a feature is read as: what a check or an enum refuses is to be seen here, so
/// enums and JSON are texts, and lists have nulls and any length.
fn lenient(dtype: Dtype) -> Dtype {
    const TEXT: &Dtype = &Dtype::String;
    match dtype {
        Dtype::Enum(_) | Dtype::Json => Dtype::String,
        Dtype::List { item, .. } => Dtype::List {
            item: match item {
                Dtype::Enum(_) | Dtype::Json => TEXT,
                item => item,
            },
            nullable: true,
        },
        Dtype::Array(_) => Dtype::List {
            item: &Dtype::F32,
            nullable: true,
        },
        dtype => dtype,
    }
}

/// A value that was read leniently, as one of its declared dtype where it can be one.
fn declared_value(value: Value, dtype: Dtype) -> Value {
    match (dtype, value) {
        (Dtype::Json, Value::Str(text)) if JsonRef::new(&text).is_ok() => Value::Json(text),
        (_, value) => value,
    }
}

fn integer(cells: &Cells<'_>, row: usize) -> Result<Option<i64>, CellError> {
    Ok(match cells.get(row)? {
        Some(ValueRef::Int(number)) => Some(number),
        _ => None,
    })
}
