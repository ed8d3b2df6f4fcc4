//! Reading a row. No bytes make it panic, and it allocates nothing.

use featurestore_schema::{Layout, LayoutColumn};

use super::error::Damage;
use super::value::{read_as, read_value};
use super::{Header, RowError};
use crate::types::{ColumnType, FeatureType, ValueError, ValueRef};

/// Reads the values of one row, in the order of its layout.
#[derive(Debug, Clone, Copy)]
pub struct RowReader<'a> {
    header: Header,
    columns: &'a [LayoutColumn],
    nulls: &'a [u8],
    start: &'a [u8],
    rest: &'a [u8],
    next: usize,
    bit: usize,
    /// The columns that the row lacks, and why. It has a null for each.
    lacks: &'a [(usize, RowError)],
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
            columns: layout.columns(),
            nulls,
            start: values,
            rest: values,
            next: 0,
            bit: 0,
            lacks: &[],
        })
    }

    /// The same for a row that lacks columns.
    pub(super) const fn lacking(mut self, lacks: &'a [(usize, RowError)]) -> Self {
        self.lacks = lacks;
        self
    }

    /// Why the row has no value for the column at `index`, where it was written without: that is no
    /// null.
    #[inline]
    pub(crate) fn lack(&self, index: usize) -> Option<&'a RowError> {
        let mut lacks = self.lacks.iter();
        lacks.find_map(|(lacking, error)| (*lacking == index).then_some(error))
    }

    /// What stands before the values.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The value of the column at `index`, nothing where it is null. Reading in the order of the
    /// layout is the fastest. Who reads the last column also learns whether anything follows it.
    ///
    /// # Errors
    ///
    /// Bytes that are not a value of the column's dtype, or no such column.
    pub fn value(&mut self, index: usize) -> Result<Option<ValueRef<'a>>, RowError> {
        if let Some(error) = self.lack(index) {
            return Err(error.clone());
        }
        self.seek(index)?;
        Ok(self.step()?)
    }

    /// The value of the column at `index`, as its field's type.
    ///
    /// # Errors
    ///
    /// As [`value`](Self::value), and a value that the type refuses.
    #[inline]
    pub fn column<T: ColumnType>(&mut self, index: usize) -> Result<T, RowError> {
        match self.next_as::<T>(index) {
            Some(value) => Ok(value),
            None => self.column_anyhow(index),
        }
    }

    /// Takes the value of the column at `index` where that is the next one and the value is right;
    /// else nothing, and the reader stays where it is.
    #[inline(always)]
    fn next_as<T: ColumnType>(&mut self, index: usize) -> Option<T> {
        let column = self.columns.get(index)?;
        if index != self.next || column.nullable != T::NULLABLE || !self.lacks.is_empty() {
            return None;
        }
        let mut rest = self.rest;
        let value = if T::NULLABLE && self.is_null() {
            None
        } else {
            let value = read_as::<T::Value>(&column.dtype, &mut rest)?;
            Some(<T::Value as FeatureType>::from_value(value).ok()?)
        };
        let value = T::from_nullable(value)?;
        if index + 1 == self.columns.len() && !rest.is_empty() {
            return None;
        }
        self.rest = rest;
        self.next += 1;
        self.bit += usize::from(T::NULLABLE);
        Some(value)
    }

    #[cold]
    #[inline(never)]
    fn column_anyhow<T: ColumnType>(&mut self, index: usize) -> Result<T, RowError> {
        let value = self.value(index)?;
        let value = value.map(<T::Value as FeatureType>::from_value).transpose();
        value
            .and_then(|value| T::from_nullable(value).ok_or(ValueError::Null))
            .map_err(|error| {
                let column = self.columns.get(index);
                RowError::Value {
                    column: column.map_or_else(String::new, |column| column.name.clone()),
                    error,
                }
            })
    }

    /// Ends the reading of a whole row.
    ///
    /// # Errors
    ///
    /// Bytes behind the last value.
    pub fn finish(mut self) -> Result<(), RowError> {
        self.seek(self.columns.len())?;
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
            self.step()?;
        }
        Ok(())
    }

    /// Takes the next column's value.
    fn step(&mut self) -> Result<Option<ValueRef<'a>>, Damage> {
        let column = self.columns.get(self.next);
        let column = column.ok_or(Damage("it has no such column"))?;
        let is_null = column.nullable && self.is_null();
        let value = if is_null {
            None
        } else {
            Some(read_value(column.dtype, &mut self.rest)?)
        };
        self.next += 1;
        self.bit += usize::from(column.nullable);
        if self.next == self.columns.len() && !self.rest.is_empty() {
            return Err(Damage("it has bytes to spare"));
        }
        Ok(value)
    }

    /// Whether the next column, which is nullable, is null.
    #[inline]
    fn is_null(&self) -> bool {
        self.nulls[self.bit / 8] & (1 << (self.bit % 8)) != 0
    }
}
