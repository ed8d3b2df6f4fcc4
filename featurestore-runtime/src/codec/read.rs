//! Reading a row. No bytes make it panic, and it allocates nothing.

use featurestore_schema::{Dtype, Layout};

use super::header::VERSION;
use super::integers::{read_signed, read_unsigned};
use super::{EncodedList, Header};
use crate::time::{Date, Timestamp};
use crate::types::{ColumnType, FeatureType, JsonRef, ListRef, Uuid, ValueError, ValueRef, fits};

/// A row that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// The bytes are not a whole row.
    #[error("the row is damaged: {reason}; materialize its view again to replace it")]
    Damaged {
        /// What is wrong with them.
        reason: &'static str,
    },
    /// The row was written in another version of the format.
    #[error("the row has format version {found}, this build reads {VERSION}; upgrade the reader")]
    Version {
        /// The row's version.
        found: u8,
    },
    /// No layout is known under the row's schema id.
    #[error(
        "the row has schema id {schema_id:08x}, and the store keeps no layout with it; materialize its view again"
    )]
    UnknownLayout {
        /// The row's schema id.
        schema_id: u32,
    },
    /// The row's layout and the declared columns don't go together.
    #[error(
        "the row was written with `{column}` as {stored}, declared is {declared}; give the view a new `version`, or materialize it again"
    )]
    Incompatible {
        /// The column.
        column: String,
        /// Its dtype in the row.
        stored: String,
        /// Its declared dtype.
        declared: String,
    },
    /// A value does not fit its field's type.
    #[error("`{column}`: {error}")]
    Value {
        /// The column.
        column: String,
        /// What is wrong with it.
        error: ValueError,
    },
}

impl RowError {
    pub(super) const fn damaged(reason: &'static str) -> Self {
        Self::Damaged { reason }
    }
}

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
    pub fn new(bytes: &'a [u8], layout: &'a Layout) -> Result<Self, RowError> {
        let mut rest = bytes;
        let header = Header::read(&mut rest)?;
        if header.schema_id != layout.id() {
            return Err(RowError::UnknownLayout {
                schema_id: header.schema_id,
            });
        }
        let nullable = layout
            .columns()
            .iter()
            .filter(|column| column.nullable)
            .count();
        let (nulls, values) = rest
            .split_at_checked(nullable.div_ceil(8))
            .ok_or(RowError::damaged("its null bitmap is cut off"))?;
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
        if index < self.next {
            (self.rest, self.next, self.bit) = (self.start, 0, 0);
        }
        loop {
            let value = self.step()?;
            if self.next > index {
                return Ok(value);
            }
        }
    }

    /// The value of the column at `index`, as its field's type.
    ///
    /// # Errors
    ///
    /// As [`value`](Self::value), and a value that the type refuses.
    #[inline]
    pub fn column<T: ColumnType>(&mut self, index: usize) -> Result<T, RowError> {
        let value = self.value(index)?;
        let value = value.map(<T::Value as FeatureType>::from_value).transpose();
        value
            .and_then(|value| T::from_nullable(value).ok_or(ValueError::Null))
            .map_err(|error| {
                let column = self
                    .layout
                    .columns()
                    .get(index)
                    .map_or("", |column| &column.name);
                RowError::Value {
                    column: column.to_owned(),
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
        while self.next < self.layout.columns().len() {
            self.step()?;
        }
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(RowError::damaged("it has bytes to spare"))
        }
    }

    #[inline]
    fn step(&mut self) -> Result<Option<ValueRef<'a>>, RowError> {
        let column = self
            .layout
            .columns()
            .get(self.next)
            .ok_or(RowError::damaged("it has no such column"))?;
        self.next += 1;
        if column.nullable {
            let null = self.nulls[self.bit / 8] & (1 << (self.bit % 8)) != 0;
            self.bit += 1;
            if null {
                return Ok(None);
            }
        }
        read_value(column.dtype, &mut self.rest).map(Some)
    }
}

/// Takes one value from the front.
#[inline]
pub(super) fn read_value<'a>(dtype: Dtype, bytes: &mut &'a [u8]) -> Result<ValueRef<'a>, RowError> {
    let cut = RowError::damaged("a value is cut off");
    let value = match dtype {
        Dtype::Bool => match take::<1>(bytes) {
            Some([0]) => Some(ValueRef::Bool(false)),
            Some([1]) => Some(ValueRef::Bool(true)),
            Some(_) => return Err(RowError::damaged("a bool is neither 0 nor 1")),
            None => None,
        },
        Dtype::I8 => take(bytes).map(|byte| ValueRef::Int(i64::from(i8::from_le_bytes(byte)))),
        Dtype::U8 => take::<1>(bytes).map(|[byte]| ValueRef::UInt(u64::from(byte))),
        Dtype::I64 => read_signed(bytes).map(ValueRef::Int),
        Dtype::U64 => read_unsigned(bytes).map(ValueRef::UInt),
        Dtype::I16 => within::<_, i16>(read_signed(bytes))?.map(ValueRef::Int),
        Dtype::I32 => within::<_, i32>(read_signed(bytes))?.map(ValueRef::Int),
        Dtype::U16 => within::<_, u16>(read_unsigned(bytes))?.map(ValueRef::UInt),
        Dtype::U32 => within::<_, u32>(read_unsigned(bytes))?.map(ValueRef::UInt),
        Dtype::F32 => take(bytes).map(|value| ValueRef::F32(f32::from_le_bytes(value))),
        Dtype::F64 => take(bytes).map(|value| ValueRef::F64(f64::from_le_bytes(value))),
        Dtype::String => match take_counted(bytes) {
            Some(text) => Some(ValueRef::Str(
                std::str::from_utf8(text).map_err(|_| RowError::damaged("a text is not UTF-8"))?,
            )),
            None => None,
        },
        Dtype::Bytes => take_counted(bytes).map(ValueRef::Bytes),
        Dtype::Timestamp => match take(bytes) {
            Some(micros) => Some(ValueRef::Timestamp(
                Timestamp::from_timestamp_micros(i64::from_le_bytes(micros))
                    .ok_or(RowError::damaged("a timestamp is out of range"))?,
            )),
            None => None,
        },
        Dtype::Date => match read_signed(bytes) {
            Some(days) => Some(ValueRef::Date(
                i32::try_from(days)
                    .ok()
                    .and_then(Date::from_epoch_days)
                    .ok_or(RowError::damaged("a date is out of range"))?,
            )),
            None => None,
        },
        Dtype::Enum(variants) => {
            let index = if variants.len() <= 256 {
                take::<1>(bytes).map(|[byte]| u16::from(byte))
            } else {
                take(bytes).map(u16::from_le_bytes)
            };
            if index.is_some_and(|index| usize::from(index) >= variants.len()) {
                return Err(RowError::damaged("an enum's variant is unknown"));
            }
            index.map(ValueRef::Variant)
        }
        Dtype::Decimal { precision, scale } => match read_wide(bytes)? {
            Some(mantissa) if !fits(mantissa, precision) => {
                return Err(RowError::damaged("a decimal has too many digits"));
            }
            mantissa => mantissa.map(|mantissa| ValueRef::Decimal { mantissa, scale }),
        },
        Dtype::Uuid => take(bytes).map(|bytes| ValueRef::Uuid(Uuid::from_bytes(bytes))),
        Dtype::List { item, nullable } => Some(ValueRef::List(ListRef::encoded(
            EncodedList::read(bytes, item, nullable)?,
        ))),
        Dtype::Array(length) => Some(ValueRef::List(ListRef::encoded(EncodedList::read_array(
            bytes, length,
        )?))),
        Dtype::Json => match take_counted(bytes) {
            Some(text) => Some(ValueRef::Json(
                std::str::from_utf8(text)
                    .ok()
                    .and_then(|text| JsonRef::new(text).ok())
                    .ok_or(RowError::damaged("a text is not JSON"))?,
            )),
            None => None,
        },
        _ => {
            return Err(RowError::damaged(
                "its layout has a dtype that this build doesn't know",
            ));
        }
    };
    value.ok_or(cut)
}

/// `number`, which must be one of the narrower type `N`.
#[inline]
fn within<T: Copy, N: TryFrom<T>>(number: Option<T>) -> Result<Option<T>, RowError> {
    match number {
        Some(wide) if N::try_from(wide).is_err() => {
            Err(RowError::damaged("a number is out of its dtype's range"))
        }
        number => Ok(number),
    }
}

/// Takes a number of up to 128 bits: how many bytes it has, and the bytes of its zigzag.
fn read_wide(bytes: &mut &[u8]) -> Result<Option<i128>, RowError> {
    let Some([length]) = take::<1>(bytes) else {
        return Ok(None);
    };
    let mut wide = [0; 16];
    let place = wide
        .get_mut(..usize::from(length))
        .ok_or(RowError::damaged("a decimal has more than 16 bytes"))?;
    let Some((number, rest)) = bytes.split_at_checked(place.len()) else {
        return Ok(None);
    };
    place.copy_from_slice(number);
    *bytes = rest;
    let zigzag = u128::from_le_bytes(wide);
    Ok(Some(
        (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed(),
    ))
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*taken)
}

fn take_counted<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(read_unsigned(bytes)?).ok()?;
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}
