//! Reading a row that an older or a newer build wrote, by the rules of schema evolution.

use featurestore_schema::{Dtype, Layout, LayoutColumn};

use super::convert::{are_related, convert, converted_list};
use super::write::encode;
use super::{Header, RowError, RowReader};
use crate::types::{Value, ValueError, ValueRef};

/// Writes a row of layout `stored` again as a row of layout `declared`, for readers of the latter.
///
/// A column that only `stored` has is skipped. One that only `declared` has takes its value from
/// `default`, else it is null. A column whose dtype became wider or narrower keeps its value where
/// the declared dtype has an equal one. Times stay as they are.
///
/// # Errors
///
/// A damaged row; a column whose dtypes have nothing to do with each other, or whose value the
/// declared one does not have; a new column that may not be null and has no default; a null where
/// the declared column may not be null.
pub fn transcode(
    bytes: &[u8],
    stored: &Layout,
    declared: &Layout,
    default: impl Fn(usize) -> Option<Value>,
) -> Result<Vec<u8>, RowError> {
    let mut reader = RowReader::new(bytes, stored)?;
    let header = Header {
        schema_id: declared.id(),
        ..*reader.header()
    };
    let mut found: Vec<Option<ValueRef<'_>>> = Vec::with_capacity(stored.columns().len());
    for index in 0..stored.columns().len() {
        found.push(reader.value(index)?);
    }
    reader.finish()?;
    let places: Vec<Option<usize>> = declared
        .columns()
        .iter()
        .map(|column| place_of(column, stored))
        .collect();
    // What the values below borrow from: defaults, and lists whose values have another dtype.
    let mut owned = Vec::with_capacity(places.len());
    for (index, (column, place)) in declared.columns().iter().zip(&places).enumerate() {
        owned.push(match place {
            Some(place) => {
                let dtype = related(&stored.columns()[*place], column)?;
                match found[*place] {
                    Some(ValueRef::List(list)) => converted_list(list, dtype, column.dtype)
                        .map_err(|error| refused(column, error))?,
                    _ => None,
                }
            }
            None => default(index),
        });
    }
    let mut values = Vec::with_capacity(places.len());
    for ((column, place), owned) in declared.columns().iter().zip(&places).zip(&owned) {
        let value = match (place, owned) {
            (_, Some(owned)) => owned.borrow(column.dtype).map(Some),
            (Some(place), None) => {
                let dtype = stored.columns()[*place].dtype;
                let value = found[*place];
                value
                    .map(|value| convert(value, dtype, column.dtype))
                    .transpose()
            }
            (None, None) if !column.nullable => {
                return Err(RowError::Missing {
                    column: column.name.clone(),
                });
            }
            (None, None) => Ok(None),
        };
        values.push(value.map_err(|error| refused(column, error))?);
    }
    let mut out = Vec::with_capacity(bytes.len() + 8);
    match encode(declared, &header, &values, &mut out) {
        Ok(()) => Ok(out),
        Err((place, error)) => Err(declared.columns().get(place).map_or(
            RowError::Damaged {
                reason: "it has no such column",
            },
            |column| refused(column, error),
        )),
    }
}

/// The stored dtype, where its values can be equal to ones of the declared one.
fn related(stored: &LayoutColumn, declared: &LayoutColumn) -> Result<Dtype, RowError> {
    if are_related(stored.dtype, declared.dtype) {
        return Ok(stored.dtype);
    }
    Err(RowError::Incompatible {
        column: declared.name.clone(),
        stored: stored.dtype.to_string(),
        declared: declared.dtype.to_string(),
    })
}

fn place_of(column: &LayoutColumn, layout: &Layout) -> Option<usize> {
    let mut columns = layout.columns().iter();
    columns.position(|other| other.name == column.name)
}

fn refused(column: &LayoutColumn, error: ValueError) -> RowError {
    RowError::Value {
        column: column.name.clone(),
        error,
    }
}
