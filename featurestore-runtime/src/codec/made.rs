//! A row that is made when it is read, rather than stored.

use featurestore_schema::Layout;
use smallvec::SmallVec;

use super::transcode::Lacks;
use super::write::encode;
use super::{Header, RowError, RowReader};
use crate::time::Timestamp;
use crate::types::{Value, ValueRef};

/// Most layouts have no more columns than this.
const COLUMNS: usize = 16;

/// A row that was made of values, in the declared columns, as far as it has them.
#[derive(Debug)]
pub(crate) struct Made {
    row: Vec<u8>,
    lacks: Lacks,
}

impl Made {
    /// Of a value for each of the declared columns, nothing for a null; or why there is none, which is
    /// the error of who reads that column and of nobody else.
    ///
    /// # Errors
    ///
    /// A value that its column can't have.
    pub(crate) fn new(
        declared: &Layout,
        event_timestamp: Timestamp,
        values: Vec<Result<Option<Value>, RowError>>,
    ) -> Result<Self, RowError> {
        let (mut columns, mut found) = (Vec::new(), Vec::with_capacity(values.len()));
        for (index, value) in values.into_iter().enumerate() {
            found.push(value.unwrap_or_else(|error| {
                columns.push((index, error));
                None
            }));
        }
        let mut borrowed: SmallVec<[Option<ValueRef<'_>>; COLUMNS]> = SmallVec::new();
        let refused = |index: usize, error| {
            let column = declared.columns().get(index);
            let column = column.map_or_else(String::new, |column| column.name.clone());
            RowError::Value { column, error }
        };
        for (index, (value, column)) in found.iter().zip(declared.columns()).enumerate() {
            let value = value.as_ref().map(|value| value.borrow(column.dtype));
            borrowed.push(value.transpose().map_err(|error| refused(index, error))?);
        }
        let lacks = Lacks::new(declared, columns);
        let layout = lacks.layout.as_ref().unwrap_or(declared);
        let header = Header {
            schema_id: layout.id(),
            event_timestamp,
            created_timestamp: None,
        };
        let mut row = Vec::new();
        encode(layout, &header, &borrowed, &mut row)
            .map_err(|(index, error)| refused(index, error))?;
        Ok(Self { row, lacks })
    }

    /// Starts to read the row, whose declared layout is `declared`.
    ///
    /// # Errors
    ///
    /// As [`RowReader::new`].
    pub(crate) fn reader<'a>(&'a self, declared: &'a Layout) -> Result<RowReader<'a>, RowError> {
        let layout = self.lacks.layout.as_ref().unwrap_or(declared);
        Ok(RowReader::new(&self.row, layout)?.lacking(&self.lacks.columns))
    }
}
