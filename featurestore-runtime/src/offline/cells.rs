//! From Arrow's columns to values of declared dtypes. Queries cast to the dtypes' SQL types, so
//! there is one Arrow type per dtype, but for texts and bytes, which come in two widths.

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BinaryViewArray, BooleanArray, FixedSizeBinaryArray,
    LargeBinaryArray, LargeStringArray, ListArray, PrimitiveArray, StringArray, StringViewArray,
};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimeUnit, TimestampMicrosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use featurestore_schema::Dtype;

use crate::time::{Date, Timestamp};
use crate::types::{
    JsonRef, ListItems, ListRef, Uuid, ValueError, ValueRef, check_length, variant_index,
};

/// A column of a record batch, read as one dtype.
#[derive(Debug)]
pub(crate) struct Cells<'a> {
    dtype: Dtype,
    array: &'a dyn Array,
    typed: Typed<'a>,
}

#[derive(Debug)]
enum Typed<'a> {
    Bool(&'a BooleanArray),
    I8(&'a PrimitiveArray<Int8Type>),
    I16(&'a PrimitiveArray<Int16Type>),
    I32(&'a PrimitiveArray<Int32Type>),
    I64(&'a PrimitiveArray<Int64Type>),
    U8(&'a PrimitiveArray<UInt8Type>),
    U16(&'a PrimitiveArray<UInt16Type>),
    U32(&'a PrimitiveArray<UInt32Type>),
    U64(&'a PrimitiveArray<UInt64Type>),
    F32(&'a PrimitiveArray<Float32Type>),
    F64(&'a PrimitiveArray<Float64Type>),
    Str(&'a StringArray),
    LargeStr(&'a LargeStringArray),
    StrView(&'a StringViewArray),
    Bytes(&'a BinaryArray),
    LargeBytes(&'a LargeBinaryArray),
    BytesView(&'a BinaryViewArray),
    Timestamp(&'a PrimitiveArray<TimestampMicrosecondType>),
    Date(&'a PrimitiveArray<Date32Type>),
    Decimal(&'a PrimitiveArray<Decimal128Type>, u8),
    UuidBytes(&'a FixedSizeBinaryArray),
    List(&'a ListArray, Box<Cells<'a>>),
}

/// A cell that is no value of its dtype.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CellError {
    #[error("it is not there")]
    Absent,
    #[error("a column of Arrow type {actual} is not {expected}")]
    Type { actual: String, expected: Dtype },
    #[error(transparent)]
    Value(#[from] ValueError),
}

impl<'a> Cells<'a> {
    pub(crate) fn new(array: &'a ArrayRef, dtype: Dtype) -> Result<Self, CellError> {
        let typed = match (dtype, array.data_type()) {
            (Dtype::Bool, DataType::Boolean) => Typed::Bool(array.as_boolean()),
            (Dtype::I8, DataType::Int8) => Typed::I8(array.as_primitive()),
            (Dtype::I16, DataType::Int16) => Typed::I16(array.as_primitive()),
            (Dtype::I32, DataType::Int32) => Typed::I32(array.as_primitive()),
            (Dtype::I64, DataType::Int64) => Typed::I64(array.as_primitive()),
            (Dtype::U8, DataType::UInt8) => Typed::U8(array.as_primitive()),
            (Dtype::U16, DataType::UInt16) => Typed::U16(array.as_primitive()),
            (Dtype::U32, DataType::UInt32) => Typed::U32(array.as_primitive()),
            (Dtype::U64, DataType::UInt64) => Typed::U64(array.as_primitive()),
            (Dtype::F32, DataType::Float32) => Typed::F32(array.as_primitive()),
            (Dtype::F64, DataType::Float64) => Typed::F64(array.as_primitive()),
            (Dtype::Decimal { scale, .. }, DataType::Decimal128(_, own))
                if i16::from(*own) == i16::from(scale) =>
            {
                Typed::Decimal(array.as_primitive(), scale)
            }
            (Dtype::Uuid, DataType::FixedSizeBinary(16)) => {
                Typed::UuidBytes(array.as_fixed_size_binary())
            }
            (Dtype::List { item, .. }, DataType::List(_)) => {
                let list = array.as_list();
                Typed::List(list, Box::new(Self::new(list.values(), *item)?))
            }
            (Dtype::Array(_), DataType::List(_)) => {
                let list = array.as_list();
                Typed::List(list, Box::new(Self::new(list.values(), Dtype::F32)?))
            }
            (Dtype::String | Dtype::Enum(_) | Dtype::Json | Dtype::Uuid, DataType::Utf8) => {
                Typed::Str(array.as_string())
            }
            (Dtype::String | Dtype::Enum(_) | Dtype::Json | Dtype::Uuid, DataType::LargeUtf8) => {
                Typed::LargeStr(array.as_string())
            }
            (Dtype::String | Dtype::Enum(_) | Dtype::Json | Dtype::Uuid, DataType::Utf8View) => {
                Typed::StrView(array.as_string_view())
            }
            (Dtype::Bytes, DataType::Binary) => Typed::Bytes(array.as_binary()),
            (Dtype::Bytes, DataType::LargeBinary) => Typed::LargeBytes(array.as_binary()),
            (Dtype::Bytes, DataType::BinaryView) => Typed::BytesView(array.as_binary_view()),
            (Dtype::Timestamp, DataType::Timestamp(TimeUnit::Microsecond, _)) => {
                Typed::Timestamp(array.as_primitive())
            }
            (Dtype::Date, DataType::Date32) => Typed::Date(array.as_primitive()),
            (expected, actual) => {
                let actual = actual.to_string();
                return Err(CellError::Type { actual, expected });
            }
        };
        Ok(Self {
            dtype,
            array,
            typed,
        })
    }

    /// The value in a row, nothing where it is null.
    pub(crate) fn get(&self, row: usize) -> Result<Option<ValueRef<'_>>, CellError> {
        if self.array.is_null(row) {
            return Ok(None);
        }
        let text = |text: &'a str| match self.dtype {
            Dtype::Enum(variants) => variant_index(variants, text).map(ValueRef::Variant),
            Dtype::Json => JsonRef::new(text).map(ValueRef::Json),
            Dtype::Uuid => Uuid::try_parse(text)
                .map(ValueRef::Uuid)
                .map_err(|_| ValueError::dtype(ValueRef::Str(text), self.dtype)),
            _ => Ok(ValueRef::Str(text)),
        };
        Ok(Some(match &self.typed {
            Typed::Bool(array) => ValueRef::Bool(array.value(row)),
            Typed::I8(array) => ValueRef::Int(array.value(row).into()),
            Typed::I16(array) => ValueRef::Int(array.value(row).into()),
            Typed::I32(array) => ValueRef::Int(array.value(row).into()),
            Typed::I64(array) => ValueRef::Int(array.value(row)),
            Typed::U8(array) => ValueRef::UInt(array.value(row).into()),
            Typed::U16(array) => ValueRef::UInt(array.value(row).into()),
            Typed::U32(array) => ValueRef::UInt(array.value(row).into()),
            Typed::U64(array) => ValueRef::UInt(array.value(row)),
            Typed::F32(array) => ValueRef::F32(array.value(row)),
            Typed::F64(array) => ValueRef::F64(array.value(row)),
            Typed::Str(array) => text(array.value(row))?,
            Typed::LargeStr(array) => text(array.value(row))?,
            Typed::StrView(array) => text(array.value(row))?,
            Typed::Bytes(array) => ValueRef::Bytes(array.value(row)),
            Typed::LargeBytes(array) => ValueRef::Bytes(array.value(row)),
            Typed::BytesView(array) => ValueRef::Bytes(array.value(row)),
            Typed::Timestamp(array) => ValueRef::Timestamp(timestamp(array.value(row))?),
            Typed::Date(array) => {
                let days = array.value(row);
                let day = Date::from_epoch_days(days);
                ValueRef::Date(day.ok_or(ValueError::Time(days.into()))?)
            }
            Typed::Decimal(array, scale) => ValueRef::Decimal {
                mantissa: array.value(row),
                scale: *scale,
            },
            Typed::UuidBytes(array) => {
                ValueRef::Uuid(Uuid::from_slice(array.value(row)).map_err(|_| CellError::Absent)?)
            }
            Typed::List(array, items) => ValueRef::List(self.list(array, items, row)?),
        }))
    }
}

impl<'a> Cells<'a> {
    /// A list's values; each of them is looked at once, so that reading them can't fail.
    fn list<'b>(
        &self,
        array: &ListArray,
        items: &'b Cells<'a>,
        row: usize,
    ) -> Result<ListRef<'b>, CellError> {
        let ends = array.value_offsets();
        let index = |offset: i32| usize::try_from(offset).unwrap_or_default();
        let (start, end) = (index(ends[row]), index(ends[row + 1]));
        let list = ListRef::items(items, start, end);
        if let Dtype::Array(expected) = self.dtype {
            check_length(list, expected)?;
        }
        for index in start..end {
            let element = |error| ValueError::element(index - start, error);
            match items.get(index) {
                Ok(None) if !self.may_hold_nulls() => return Err(element(ValueError::Null).into()),
                Ok(_) => {}
                Err(CellError::Value(error)) => return Err(element(error).into()),
                Err(error) => return Err(error),
            }
        }
        Ok(list)
    }

    const fn may_hold_nulls(&self) -> bool {
        matches!(self.dtype, Dtype::List { nullable: true, .. })
    }
}

impl ListItems for Cells<'_> {
    fn item(&self, index: usize) -> Option<ValueRef<'_>> {
        self.get(index).ok().flatten()
    }
}

fn timestamp(micros: i64) -> Result<Timestamp, CellError> {
    Timestamp::from_timestamp_micros(micros).ok_or_else(|| ValueError::Time(micros).into())
}

/// The instant in a column of microseconds since 1970, nothing where it is null.
pub(crate) fn instant(cells: &Cells<'_>, row: usize) -> Result<Option<Timestamp>, CellError> {
    match cells.get(row)? {
        Some(ValueRef::Int(micros)) => timestamp(micros).map(Some),
        Some(ValueRef::Timestamp(time)) => Ok(Some(time)),
        _ => Ok(None),
    }
}

/// A value as a condition takes it: where it is none of its dtype, that is for the condition to say.
pub(crate) fn value_or_fault<T>(
    value: Result<T, CellError>,
) -> Result<Result<T, ValueError>, CellError> {
    match value {
        Ok(value) => Ok(Ok(value)),
        Err(CellError::Value(fault)) => Ok(Err(fault)),
        Err(error) => Err(error),
    }
}
