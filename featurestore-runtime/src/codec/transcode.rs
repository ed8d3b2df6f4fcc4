//! Reading a row that an older or a newer build wrote, by the rules of schema evolution.

use featurestore_schema::{Dtype, Layout, LayoutColumn};

use super::{RowError, RowReader, encode_row};
use crate::types::{Value, ValueError, ValueRef, rescale};

/// Writes a row of layout `stored` again as a row of layout `declared`, for readers of the latter.
///
/// A column that only `stored` has is skipped. One that only `declared` has takes its value from
/// `default`, else it is null. A narrower dtype is widened. Times stay as they are.
///
/// # Errors
///
/// A damaged row; a column that is re-typed in a way that loses something; a new column that may
/// not be null and has no default; a null where the declared column may not be null.
pub fn transcode(
    bytes: &[u8],
    stored: &Layout,
    declared: &Layout,
    default: impl Fn(usize) -> Option<Value>,
) -> Result<Vec<u8>, RowError> {
    let mut reader = RowReader::new(bytes, stored)?;
    let header = super::Header {
        schema_id: declared.id(),
        ..*reader.header()
    };
    let mut found: Vec<Option<ValueRef<'_>>> = Vec::with_capacity(stored.columns().len());
    for index in 0..stored.columns().len() {
        found.push(reader.value(index)?);
    }
    reader.finish()?;
    let defaults: Vec<Option<Value>> = (0..declared.columns().len()).map(default).collect();
    let mut values = Vec::with_capacity(declared.columns().len());
    let place_of = |column: &LayoutColumn| {
        let mut stored = stored.columns().iter();
        stored.position(|other| other.name == column.name)
    };
    let lists: Vec<Option<Value>> = declared
        .columns()
        .iter()
        .map(|column| {
            let place = place_of(column)?;
            let dtype = stored.columns()[place].dtype;
            widened_list(found[place]?, dtype, column.dtype)
        })
        .collect();
    for ((column, default), list) in declared.columns().iter().zip(&defaults).zip(&lists) {
        let place = place_of(column);
        let value_error = |error| RowError::Value {
            column: column.name.clone(),
            error,
        };
        let value = match (place, default) {
            (Some(place), _) => {
                let dtype = stored.columns()[place].dtype;
                if !column.dtype.widens(dtype) {
                    return Err(RowError::Incompatible {
                        column: column.name.clone(),
                        stored: dtype.to_string(),
                        declared: column.dtype.to_string(),
                    });
                }
                match list {
                    Some(list) => list.borrow(column.dtype).map(Some),
                    None => found[place]
                        .map(|value| widen(value, dtype, column.dtype))
                        .transpose(),
                }
            }
            (None, Some(default)) => default.borrow(column.dtype).map(Some),
            (None, None) => Ok(None),
        };
        values.push(value.map_err(value_error)?);
        if values.last() == Some(&None) && !column.nullable {
            return Err(value_error(ValueError::Null));
        }
    }
    let mut out = Vec::with_capacity(bytes.len() + 8);
    encode_row(declared, &header, &values, &mut out).map_err(|error| RowError::Value {
        column: String::new(),
        error,
    })?;
    Ok(out)
}

/// The values of a list whose own dtype changes, as the ones of a list of dtype `to`, which widens
/// `from`.
fn widened_list(value: ValueRef<'_>, from: Dtype, to: Dtype) -> Option<Value> {
    let (ValueRef::List(list), Dtype::List { item: to, .. }) = (value, to) else {
        return None;
    };
    let from = match from {
        Dtype::List { item, .. } => *item,
        _ => Dtype::F32,
    };
    let values = list.iter().map(|value| match value {
        Some(value) => widen(value, from, *to).map(|value| Some(value.to_owned(*to))),
        None => Ok(None),
    });
    (from != *to)
        .then(|| values.collect::<Result<_, _>>().ok().map(Value::List))
        .flatten()
}

/// A value of dtype `from` as one of dtype `to`, which widens it.
fn widen(value: ValueRef<'_>, from: Dtype, to: Dtype) -> Result<ValueRef<'_>, ValueError> {
    let decimal = |mantissa, scale, to_scale| {
        let mantissa = rescale(mantissa, scale, to_scale);
        let mantissa = mantissa.ok_or_else(|| ValueError::dtype(value, to))?;
        let scale = to_scale;
        Ok(ValueRef::Decimal { mantissa, scale })
    };
    Ok(match (value, from, to) {
        (_, from, to) if from == to => value,
        (ValueRef::Variant(index), Dtype::Enum(names), to) => {
            let name = names.get(usize::from(index)).copied().unwrap_or_default();
            match to {
                Dtype::Enum(variants) => {
                    ValueRef::Variant(crate::types::variant_index(variants, name)?)
                }
                _ => ValueRef::Str(name),
            }
        }
        (ValueRef::Int(number), _, Dtype::Decimal { scale, .. }) => {
            decimal(number.into(), 0, scale)?
        }
        (ValueRef::UInt(number), _, Dtype::Decimal { scale, .. }) => {
            decimal(number.into(), 0, scale)?
        }
        (
            ValueRef::Decimal {
                mantissa,
                scale: own,
            },
            _,
            Dtype::Decimal { scale, .. },
        ) => decimal(mantissa, own, scale)?,
        (ValueRef::UInt(number), _, Dtype::I16 | Dtype::I32 | Dtype::I64) => {
            ValueRef::Int(i64::try_from(number).map_err(|_| ValueError::dtype(value, to))?)
        }
        // Only integers of at most 32 bits widen to f64, and of at most 16 bits to f32: exact.
        #[allow(clippy::cast_precision_loss)]
        (ValueRef::Int(number), _, Dtype::F64) => ValueRef::F64(number as f64),
        #[allow(clippy::cast_precision_loss)]
        (ValueRef::UInt(number), _, Dtype::F64) => ValueRef::F64(number as f64),
        #[allow(clippy::cast_precision_loss)]
        (ValueRef::Int(number), _, Dtype::F32) => ValueRef::F32(number as f32),
        #[allow(clippy::cast_precision_loss)]
        (ValueRef::UInt(number), _, Dtype::F32) => ValueRef::F32(number as f32),
        (ValueRef::F32(number), _, Dtype::F64) => ValueRef::F64(f64::from(number)),
        (ValueRef::Date(day), _, Dtype::Timestamp) => ValueRef::Timestamp(
            day.and_hms_opt(0, 0, 0)
                .ok_or_else(|| ValueError::dtype(value, to))?
                .and_utc(),
        ),
        _ => value,
    })
}
