//! Reading a row. No bytes make it panic, and it allocates nothing.

use featurestore_schema::{Dtype, Layout};

use super::error::Damage;
use super::value::{read_as, read_value};
use super::{Header, RowError};
use crate::types::{ColumnType, FeatureType, ValueError, ValueRef};

/// Reads the values of one row, in the order of its layout.
#[derive(Debug, Clone, Copy)]
pub struct RowReader<'a> {
    header: Header,
    layout: &'a Layout,
    nulls: &'a [u8],
    start: &'a [u8],
    rest: &'a [u8],
    next: usize,
    bit: usize,
}

impl<'a> RowReader<'a> {
    /// Starts to read a row that was written with `layout`.
    ///
    /// # Errors
    ///
    /// A damaged header, or a row that was written with another layout.
    #[inline]
    pub fn new(bytes: &'a [u8], layout: &'a Layout) -> Result<Self, RowError> {
        let mut rest = bytes;
        let header = Header::read(&mut rest)?;
        if header.schema_id != layout.id() {
            return Err(RowError::UnknownLayout {
                schema_id: header.schema_id,
            });
        }
        let (nulls, values) = rest
            .split_at_checked(layout.nullable().div_ceil(8))
            .ok_or(Damage("its null bitmap is cut off"))?;
        Ok(Self {
            header,
            layout,
            nulls,
            start: values,
            rest: values,
            next: 0,
            bit: 0,
        })
    }

    /// What stands before the values.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The value of the column at `index`, nothing where it is null. Reading in the order of the
    /// layout is the fastest.
    ///
    /// # Errors
    ///
    /// Bytes that are not a value of the column's dtype, or no such column.
    pub fn value(&mut self, index: usize) -> Result<Option<ValueRef<'a>>, RowError> {
        self.seek(index)?;
        Ok(self.step(read_value)?)
    }

    /// The value of the column at `index`, as its field's type.
    ///
    /// # Errors
    ///
    /// As [`value`](Self::value), and a value that the type refuses.
    #[inline]
    pub fn column<T: ColumnType>(&mut self, index: usize) -> Result<T, RowError> {
        if index != self.next {
            self.seek(index)?;
        }
        let value = match self.step(read_as::<T::Value>)? {
            Some(value) => match <T::Value as FeatureType>::from_value(value) {
                Ok(value) => Some(value),
                Err(error) => return Err(self.refused(index, error)),
            },
            None => None,
        };
        match T::from_nullable(value) {
            Some(value) => Ok(value),
            None => Err(self.refused(index, ValueError::Null)),
        }
    }

    /// Ends the reading of a whole row.
    ///
    /// # Errors
    ///
    /// Bytes behind the last value.
    pub fn finish(mut self) -> Result<(), RowError> {
        self.seek(self.layout.columns().len())?;
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(Damage("it has bytes to spare").into())
        }
    }

    /// Goes to before the column at `index`.
    fn seek(&mut self, index: usize) -> Result<(), Damage> {
        if index < self.next {
            (self.rest, self.next, self.bit) = (self.start, 0, 0);
        }
        while self.next < index {
            self.step(read_value)?;
        }
        Ok(())
    }

    /// Takes the next column's value with `read`.
    #[inline(always)]
    fn step(
        &mut self,
        read: impl FnOnce(Dtype, &mut &'a [u8]) -> Result<ValueRef<'a>, Damage>,
    ) -> Result<Option<ValueRef<'a>>, Damage> {
        let Some(column) = self.layout.columns().get(self.next) else {
            return Err(Damage("it has no such column"));
        };
        self.next += 1;
        if column.nullable {
            let null = self.nulls[self.bit / 8] & (1 << (self.bit % 8)) != 0;
            self.bit += 1;
            if null {
                return Ok(None);
            }
        }
        read(column.dtype, &mut self.rest).map(Some)
    }

    #[cold]
    fn refused(&self, index: usize, error: ValueError) -> RowError {
        let column = self.layout.columns().get(index);
        RowError::Value {
            column: column.map_or_else(String::new, |column| column.name.clone()),
            error,
        }
    }
}
