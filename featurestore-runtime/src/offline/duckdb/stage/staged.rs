//! Values that are made here, on their way into columns of a table.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array,
    Int64Array, ListArray, StringArray, TimestampMicrosecondArray, UInt64Array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;
use featurestore_schema::Dtype;

use crate::offline::OfflineError;
use crate::offline::duckdb::source::columns::sql_type;
use crate::types::Value;

/// The type that values of a dtype are put into a table as.
pub(crate) fn staged_type(dtype: Dtype) -> String {
    match dtype {
        Dtype::Uuid => "VARCHAR".to_owned(),
        Dtype::List { item, .. } => format!("{}[]", staged_type(*item)),
        other => sql_type(other).into_owned(),
    }
}

/// Values of one dtype, on their way into a column.
#[derive(Debug)]
pub(crate) enum StagedCells {
    Bool(Vec<Option<bool>>),
    Int(Vec<Option<i64>>, DataType),
    UInt(Vec<Option<u64>>, DataType),
    F32(Vec<Option<f32>>),
    F64(Vec<Option<f64>>),
    /// Also UUIDs and JSON, as texts.
    Text(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
    Timestamp(Vec<Option<i64>>),
    Date(Vec<Option<i32>>),
    Decimal(Vec<Option<i128>>, u8, i8),
    List {
        ends: Vec<usize>,
        present: Vec<bool>,
        values: Box<Self>,
    },
}

impl StagedCells {
    pub(crate) fn new(dtype: Dtype) -> Self {
        match dtype {
            Dtype::Bool => Self::Bool(Vec::new()),
            Dtype::I8 => Self::Int(Vec::new(), DataType::Int8),
            Dtype::I16 => Self::Int(Vec::new(), DataType::Int16),
            Dtype::I32 => Self::Int(Vec::new(), DataType::Int32),
            Dtype::I64 => Self::Int(Vec::new(), DataType::Int64),
            Dtype::U8 => Self::UInt(Vec::new(), DataType::UInt8),
            Dtype::U16 => Self::UInt(Vec::new(), DataType::UInt16),
            Dtype::U32 => Self::UInt(Vec::new(), DataType::UInt32),
            Dtype::U64 => Self::UInt(Vec::new(), DataType::UInt64),
            Dtype::F32 => Self::F32(Vec::new()),
            Dtype::F64 => Self::F64(Vec::new()),
            Dtype::Bytes => Self::Bytes(Vec::new()),
            Dtype::Timestamp => Self::Timestamp(Vec::new()),
            Dtype::Date => Self::Date(Vec::new()),
            // No more than 38 digits behind the point.
            Dtype::Decimal { precision, scale } => {
                Self::Decimal(Vec::new(), precision, scale.cast_signed())
            }
            Dtype::List { item, .. } => Self::List {
                ends: Vec::new(),
                present: Vec::new(),
                values: Box::new(Self::new(*item)),
            },
            Dtype::Array(_) => Self::List {
                ends: Vec::new(),
                present: Vec::new(),
                values: Box::new(Self::F32(Vec::new())),
            },
            _ => Self::Text(Vec::new()),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Bool(values) => values.len(),
            Self::Int(values, _) => values.len(),
            Self::UInt(values, _) => values.len(),
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Bytes(values) => values.len(),
            Self::Timestamp(values) => values.len(),
            Self::Date(values) => values.len(),
            Self::Decimal(values, ..) => values.len(),
            Self::List { ends, .. } => ends.len(),
        }
    }

    /// Appends a value, or a null.
    pub(crate) fn push(&mut self, value: Option<Value>) -> Result<(), OfflineError> {
        let Some(value) = value else {
            self.push_null();
            return Ok(());
        };
        match (self, value) {
            (Self::Bool(values), Value::Bool(value)) => values.push(Some(value)),
            (Self::Int(values, _), Value::Int(value)) => values.push(Some(value)),
            (Self::UInt(values, _), Value::UInt(value)) => values.push(Some(value)),
            (Self::F32(values), Value::F32(value)) => values.push(Some(value)),
            (Self::F64(values), Value::F64(value)) => values.push(Some(value)),
            (Self::Text(values), Value::Str(value) | Value::Json(value)) => {
                values.push(Some(value));
            }
            (Self::Text(values), Value::Uuid(value)) => values.push(Some(value.to_string())),
            (Self::Bytes(values), Value::Bytes(value)) => values.push(Some(value)),
            (Self::Timestamp(values), Value::Timestamp(value)) => {
                values.push(Some(value.timestamp_micros()));
            }
            (Self::Date(values), Value::Date(value)) => values.push(Some(value.to_epoch_days())),
            (Self::Decimal(values, ..), Value::Decimal { mantissa, .. }) => {
                values.push(Some(mantissa));
            }
            (
                Self::List {
                    ends,
                    present,
                    values,
                },
                Value::List(items),
            ) => {
                for item in items {
                    values.push(item)?;
                }
                ends.push(values.len());
                present.push(true);
            }
            (own, value) => {
                let what = format!("the value {value:?} is none of {own:?}");
                return Err(OfflineError::internal(what));
            }
        }
        Ok(())
    }

    fn push_null(&mut self) {
        match self {
            Self::Bool(values) => values.push(None),
            Self::Int(values, _) => values.push(None),
            Self::UInt(values, _) => values.push(None),
            Self::F32(values) => values.push(None),
            Self::F64(values) => values.push(None),
            Self::Text(values) => values.push(None),
            Self::Bytes(values) => values.push(None),
            Self::Timestamp(values) => values.push(None),
            Self::Date(values) => values.push(None),
            Self::Decimal(values, ..) => values.push(None),
            Self::List {
                ends,
                present,
                values,
            } => {
                ends.push(values.len());
                present.push(false);
            }
        }
    }

    /// The values as an array; none are left.
    pub(crate) fn take(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Bool(values) => Arc::new(BooleanArray::from(std::mem::take(values))),
            Self::Int(values, dtype) => {
                let array: ArrayRef = Arc::new(Int64Array::from(std::mem::take(values)));
                cast(&array, dtype)?
            }
            Self::UInt(values, dtype) => {
                let array: ArrayRef = Arc::new(UInt64Array::from(std::mem::take(values)));
                cast(&array, dtype)?
            }
            Self::F32(values) => Arc::new(Float32Array::from(std::mem::take(values))),
            Self::F64(values) => Arc::new(Float64Array::from(std::mem::take(values))),
            Self::Text(values) => Arc::new(StringArray::from(std::mem::take(values))),
            Self::Bytes(values) => {
                let values = std::mem::take(values);
                Arc::new(BinaryArray::from_iter(values))
            }
            Self::Timestamp(values) => {
                let array = TimestampMicrosecondArray::from(std::mem::take(values));
                Arc::new(array.with_timezone("UTC"))
            }
            Self::Date(values) => Arc::new(Date32Array::from(std::mem::take(values))),
            Self::Decimal(values, precision, scale) => {
                let array = Decimal128Array::from(std::mem::take(values));
                Arc::new(array.with_precision_and_scale(*precision, *scale)?)
            }
            Self::List {
                ends,
                present,
                values,
            } => {
                let mut before = 0;
                let lengths = std::mem::take(ends).into_iter().map(|end| {
                    let length = end - before;
                    before = end;
                    length
                });
                let offsets = OffsetBuffer::from_lengths(lengths);
                let values = values.take()?;
                let item = Arc::new(Field::new("item", values.data_type().clone(), true));
                let present = NullBuffer::from(std::mem::take(present));
                Arc::new(ListArray::try_new(item, offsets, values, Some(present))?)
            }
        })
    }
}
