//! Reading a row that an older or a newer build wrote, by the rules of schema evolution.

use std::sync::Arc;

use featurestore_schema::{Dtype, Layout, LayoutColumn};
use smallvec::SmallVec;

use super::convert::{are_related, convert, converted_list};
use super::write::encode;
use super::{Header, RowError, RowReader};
use crate::types::{Value, ValueError, ValueRef};

/// Most layouts have no more columns than this.
const COLUMNS: usize = 16;

/// How rows of one layout become rows of another: what their columns have to do with each other,
/// worked out once.
#[derive(Debug)]
pub(crate) struct Transcoding {
    /// Where each declared column's value comes from.
    columns: Vec<From>,
    /// What every row lacks, whatever its values are.
    lacks: Lacks,
}

#[derive(Debug)]
enum From {
    /// The stored column at this index, which has this dtype.
    Stored(usize, Dtype),
    /// What stands for a column that the row does not have.
    Default(Option<Value>),
}

/// Columns that rows lack.
#[derive(Debug, Default)]
pub(super) struct Lacks {
    /// The layout of rows without them, where there are any: they may be null in it.
    pub(super) layout: Option<Layout>,
    /// Which, and why.
    pub(super) columns: Vec<(usize, RowError)>,
}

/// A row of another build in the declared columns, as far as it has them.
#[derive(Debug)]
pub(crate) struct Transcoded {
    row: Vec<u8>,
    transcoding: Arc<Transcoding>,
    /// What this row lacks, where it is more than every one does.
    own: Option<Lacks>,
}

impl Transcoded {
    /// Starts to read the row, whose declared layout is `declared`.
    ///
    /// # Errors
    ///
    /// As [`RowReader::new`].
    pub(crate) fn reader<'a>(&'a self, declared: &'a Layout) -> Result<RowReader<'a>, RowError> {
        let lacks = self.own.as_ref().unwrap_or(&self.transcoding.lacks);
        let layout = lacks.layout.as_ref().unwrap_or(declared);
        Ok(RowReader::new(&self.row, layout)?.lacking(&lacks.columns))
    }

    /// The columns that the row lacks, and why.
    fn lacks(&self) -> &[(usize, RowError)] {
        &self.own.as_ref().unwrap_or(&self.transcoding.lacks).columns
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
    let transcoding = Arc::new(Transcoding::new(stored, declared, default));
    let transcoded = transcoding.run(bytes, stored, declared)?;
    match transcoded.lacks().first() {
        None => Ok(transcoded.row),
        Some((_, error)) => Err(error.clone()),
    }
}

impl Transcoding {
    pub(crate) fn new(
        stored: &Layout,
        declared: &Layout,
        default: impl Fn(usize) -> Option<Value>,
    ) -> Self {
        let mut lacks = Vec::new();
        let columns = declared.columns().iter().enumerate();
        let columns = columns.map(|(index, column)| {
            let mut known = stored.columns().iter().enumerate();
            match known.find(|(_, other)| other.name == column.name) {
                Some((index, other)) if are_related(other.dtype, column.dtype) => {
                    return From::Stored(index, other.dtype);
                }
                Some((_, other)) => lacks.push((index, incompatible(other, column))),
                None => {
                    let default = default(index);
                    if default.is_none() && !column.nullable {
                        let column = column.name.clone();
                        lacks.push((index, RowError::Missing { column }));
                    }
                    return From::Default(default);
                }
            }
            From::Default(None)
        });
        Self {
            columns: columns.collect(),
            lacks: Lacks::new(declared, lacks),
        }
    }

    /// Writes a row of `stored` again as one of `declared`, the layouts that this was made for. A
    /// column that the row can't give is lacking in what comes back, and each other one is there.
    ///
    /// # Errors
    ///
    /// A damaged row.
    pub(crate) fn run(
        self: &Arc<Self>,
        bytes: &[u8],
        stored: &Layout,
        declared: &Layout,
    ) -> Result<Transcoded, RowError> {
        let mut reader = RowReader::new(bytes, stored)?;
        let mut found: SmallVec<[Option<ValueRef<'_>>; COLUMNS]> = SmallVec::new();
        for index in 0..stored.columns().len() {
            found.push(reader.value(index)?);
        }
        reader.finish()?;
        let columns = declared.columns();
        // Lists whose values have another dtype, which the values below borrow from.
        let mut lists: SmallVec<[Result<Option<Value>, ValueError>; COLUMNS]> = SmallVec::new();
        for (column, from) in columns.iter().zip(&self.columns) {
            lists.push(match from {
                From::Stored(index, dtype) => match found.get(*index) {
                    Some(Some(ValueRef::List(list))) => converted_list(*list, *dtype, column.dtype),
                    _ => Ok(None),
                },
                From::Default(_) => Ok(None),
            });
        }
        let mut more = Vec::new();
        let mut values: SmallVec<[Option<ValueRef<'_>>; COLUMNS]> = SmallVec::new();
        for (index, (column, from)) in columns.iter().zip(&self.columns).enumerate() {
            let value = match (from, &lists[index]) {
                (_, Err(error)) => Err(error.clone()),
                (_, Ok(Some(list))) => list.borrow(column.dtype).map(Some),
                (From::Stored(index, dtype), Ok(None)) => {
                    let value = found.get(*index).copied().flatten();
                    let value = value.map(|value| convert(value, *dtype, column.dtype));
                    value.transpose()
                }
                (From::Default(default), Ok(None)) => {
                    let default = default.as_ref();
                    let default = default.map(|default| default.borrow(column.dtype));
                    default.transpose()
                }
            };
            values.push(value.unwrap_or_else(|error| {
                more.push((index, refused(column, error)));
                None
            }));
        }
        // Whether a value is in its dtype's range is seen as it is written: once per column that it is not.
        for _ in 0..=columns.len() {
            let own = (!more.is_empty()).then(|| {
                let all = self.lacks.columns.iter().chain(&more);
                Lacks::new(declared, all.cloned().collect())
            });
            let lacks = own.as_ref().unwrap_or(&self.lacks);
            let layout = lacks.layout.as_ref().unwrap_or(declared);
            let header = Header {
                schema_id: layout.id(),
                ..*reader.header()
            };
            let mut row = Vec::with_capacity(bytes.len() + 8);
            match encode(layout, &header, &values, &mut row) {
                Ok(()) => {
                    return Ok(Transcoded {
                        row,
                        transcoding: Arc::clone(self),
                        own,
                    });
                }
                Err((index, error)) => {
                    let (Some(column), Some(value)) = (columns.get(index), values.get_mut(index))
                    else {
                        break;
                    };
                    *value = None;
                    more.push((index, refused(column, error)));
                }
            }
        }
        Err(RowError::internal(
            "a row is not written without the columns that it lacks",
        ))
    }
}

impl Lacks {
    pub(super) fn new(declared: &Layout, mut columns: Vec<(usize, RowError)>) -> Self {
        columns.sort_by_key(|(index, _)| *index);
        Self {
            layout: (!columns.is_empty()).then(|| without(declared, &columns)),
            columns,
        }
    }
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

/// The error of a column that has the name of a stored one, and nothing else of it.
fn incompatible(stored: &LayoutColumn, declared: &LayoutColumn) -> RowError {
    RowError::Incompatible {
        column: declared.name.clone(),
        stored: stored.dtype.to_string(),
        declared: declared.dtype.to_string(),
    }
}

fn refused(column: &LayoutColumn, error: ValueError) -> RowError {
    RowError::Value {
        column: column.name.clone(),
        error,
    }
}
