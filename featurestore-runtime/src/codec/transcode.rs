//! Reading a row that an older or a newer build wrote, by the rules of schema evolution.

use featurestore_schema::{Dtype, Layout, LayoutColumn};

use super::convert::{are_related, convert, converted_list};
use super::write::encode;
use super::{Header, RowError, RowReader};
use crate::types::{Value, ValueError, ValueRef};

/// A row of another build in the declared columns, as far as it has them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Transcoded {
    row: Vec<u8>,
    /// The row's layout, where it is not the declared one: columns that it lacks may be null in it.
    layout: Option<Layout>,
    /// The columns that the row lacks, and why.
    lacks: Vec<(usize, RowError)>,
}

impl Transcoded {
    /// Starts to read the row, whose declared layout is `declared`.
    ///
    /// # Errors
    ///
    /// As [`RowReader::new`].
    pub(crate) fn reader<'a>(&'a self, declared: &'a Layout) -> Result<RowReader<'a>, RowError> {
        let layout = self.layout.as_ref().unwrap_or(declared);
        Ok(RowReader::new(&self.row, layout)?.lacking(&self.lacks))
    }
}

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
    let Transcoded { row, lacks, .. } = transcode_partly(bytes, stored, declared, default)?;
    match lacks.into_iter().next() {
        None => Ok(row),
        Some((_, error)) => Err(error),
    }
}

/// As [`transcode`], but a column that the row can't give is lacking in what comes back, and each other
/// one is there.
///
/// # Errors
///
/// A damaged row.
pub(crate) fn transcode_partly(
    bytes: &[u8],
    stored: &Layout,
    declared: &Layout,
    default: impl Fn(usize) -> Option<Value>,
) -> Result<Transcoded, RowError> {
    let mut reader = RowReader::new(bytes, stored)?;
    let mut found: Vec<Option<ValueRef<'_>>> = Vec::with_capacity(stored.columns().len());
    for index in 0..stored.columns().len() {
        found.push(reader.value(index)?);
    }
    reader.finish()?;
    let columns = declared.columns();
    let places: Vec<Option<usize>> = columns
        .iter()
        .map(|column| place_of(column, stored))
        .collect();
    // What the values below borrow from: defaults, and lists whose values have another dtype.
    let mut owned = Vec::with_capacity(columns.len());
    for (index, (column, place)) in columns.iter().zip(&places).enumerate() {
        owned.push(match place {
            Some(place) => match (found[*place], related(&stored.columns()[*place], column)) {
                (Some(ValueRef::List(list)), Ok(dtype)) => {
                    converted_list(list, dtype, column.dtype)
                }
                _ => Ok(None),
            },
            None => Ok(default(index)),
        });
    }
    let mut lacks = Vec::new();
    let mut values = Vec::with_capacity(columns.len());
    for (index, (column, place)) in columns.iter().zip(&places).enumerate() {
        let from = place.map(|place| (&stored.columns()[place], found[place]));
        values.push(value(column, from, &owned[index]).unwrap_or_else(|error| {
            lacks.push((index, error));
            None
        }));
    }
    // Whether a value is in its dtype's range is seen as it is written: once per column that it is not.
    for _ in 0..=columns.len() {
        let layout = (!lacks.is_empty()).then(|| without(declared, &lacks));
        let own = layout.as_ref().unwrap_or(declared);
        let header = Header {
            schema_id: own.id(),
            ..Header::read(&mut &bytes[..])?
        };
        let mut row = Vec::with_capacity(bytes.len() + 8);
        match encode(own, &header, &values, &mut row) {
            Ok(()) => {
                lacks.sort_by_key(|(index, _)| *index);
                return Ok(Transcoded { row, layout, lacks });
            }
            Err((place, error)) => {
                let (Some(column), Some(value)) = (columns.get(place), values.get_mut(place))
                else {
                    break;
                };
                *value = None;
                lacks.push((place, refused(column, error)));
            }
        }
    }
    Err(RowError::internal(
        "a row is not written without the columns that it lacks",
    ))
}

/// The layout in which the columns that a row lacks may be null.
fn without(declared: &Layout, lacks: &[(usize, RowError)]) -> Layout {
    let columns = declared.columns().iter().enumerate();
    let columns = columns.map(|(index, column)| {
        let is_lacking = lacks.iter().any(|(lacking, _)| *lacking == index);
        LayoutColumn {
            nullable: column.nullable || is_lacking,
            ..column.clone()
        }
    });
    Layout::new(columns.collect())
}

/// A column's value: of what the row has of it, if it has it, or what stands for it.
fn value<'a>(
    column: &LayoutColumn,
    stored: Option<(&LayoutColumn, Option<ValueRef<'a>>)>,
    owned: &'a Result<Option<Value>, ValueError>,
) -> Result<Option<ValueRef<'a>>, RowError> {
    let owned = owned
        .as_ref()
        .map_err(|error| refused(column, error.clone()))?;
    let value = match (stored, owned) {
        (Some((stored, _)), Some(owned)) => {
            related(stored, column)?;
            owned.borrow(column.dtype).map(Some)
        }
        (None, Some(owned)) => owned.borrow(column.dtype).map(Some),
        (Some((stored, value)), None) => {
            let dtype = related(stored, column)?;
            let convert = |value| convert(value, dtype, column.dtype);
            value.map(convert).transpose()
        }
        (None, None) if !column.nullable => {
            return Err(RowError::Missing {
                column: column.name.clone(),
            });
        }
        (None, None) => Ok(None),
    };
    value.map_err(|error| refused(column, error))
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
