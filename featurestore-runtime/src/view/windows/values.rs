//! What aggregates give, as values of the features' dtypes.

use featurestore_schema::Dtype;

use super::super::ColumnDefinition;
use crate::time::{Date, Timestamp};
use crate::types::{Uuid, Value, fits};
use crate::windows::{Finished, Scalar};

/// A result that its feature's dtype can't have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unfit {
    /// More than the dtype holds.
    #[error("the result {value} is more than {dtype} holds; declare a wider type")]
    Overflow {
        /// The result, as text.
        value: String,
        /// The dtype.
        dtype: Dtype,
    },
    /// There is no value, and no default.
    #[error(
        "no event is in the window, and the feature is neither an `Option` nor has it a `default`"
    )]
    Empty,
    /// What can't be, and is a fault of this library.
    #[error(
        "internal error, which is not of your making: a result is not of its feature's dtype, {0}"
    )]
    Internal(Dtype),
}

/// A feature's result as its value; nothing for a null, which only an `Option` may be. Of an empty window
/// it is the default where it declares one.
pub(crate) fn feature_value(
    column: &ColumnDefinition,
    finished: &Finished,
) -> Result<Option<Value>, Unfit> {
    let dtype = column.dtype();
    match value(finished, dtype)? {
        None if !column.nullable() => {
            let default = column.default().ok_or(Unfit::Empty)?;
            let default = default.value(dtype).ok_or(Unfit::Internal(dtype))?;
            Ok(Some(default))
        }
        value => Ok(value),
    }
}

/// A result as a value of a dtype; nothing where there is none.
fn value(finished: &Finished, dtype: Dtype) -> Result<Option<Value>, Unfit> {
    match (finished, dtype) {
        (Finished::Nothing, _) => Ok(None),
        (Finished::One(scalar), _) => one(scalar, dtype).map(Some),
        (Finished::List(scalars), Dtype::List { item, .. }) => {
            let values = scalars.iter().map(|scalar| one(scalar, *item).map(Some));
            Ok(Some(Value::List(values.collect::<Result<_, _>>()?)))
        }
        (Finished::List(_), _) => Err(Unfit::Internal(dtype)),
    }
}

fn one(scalar: &Scalar, dtype: Dtype) -> Result<Value, Unfit> {
    match scalar {
        Scalar::Integer(number) => integer(*number, dtype),
        Scalar::Float(float) => match dtype {
            Dtype::F64 => Ok(Value::F64(*float)),
            // Of a column of 32 bits, which were widened.
            #[allow(clippy::cast_possible_truncation)]
            Dtype::F32 => Ok(Value::F32(*float as f32)),
            _ => Err(Unfit::Internal(dtype)),
        },
        Scalar::Bytes(bytes) => match dtype {
            Dtype::Bytes => Ok(Value::Bytes(bytes.to_vec())),
            Dtype::String => String::from_utf8(bytes.to_vec())
                .map(Value::Str)
                .map_err(|_| Unfit::Internal(dtype)),
            Dtype::Uuid => Uuid::from_slice(bytes)
                .map(Value::Uuid)
                .map_err(|_| Unfit::Internal(dtype)),
            _ => Err(Unfit::Internal(dtype)),
        },
    }
}

fn integer(number: i128, dtype: Dtype) -> Result<Value, Unfit> {
    let overflow = || Unfit::Overflow {
        value: number.to_string(),
        dtype,
    };
    let signed = |least: i64, most: i64| {
        let held = i64::try_from(number).ok();
        held.filter(|held| (least..=most).contains(held))
            .map(Value::Int)
            .ok_or_else(overflow)
    };
    let unsigned = |most: u64| {
        let held = u64::try_from(number).ok();
        held.filter(|held| *held <= most)
            .map(Value::UInt)
            .ok_or_else(overflow)
    };
    match dtype {
        Dtype::I8 => signed(i8::MIN.into(), i8::MAX.into()),
        Dtype::I16 => signed(i16::MIN.into(), i16::MAX.into()),
        Dtype::I32 => signed(i32::MIN.into(), i32::MAX.into()),
        Dtype::I64 => signed(i64::MIN, i64::MAX),
        Dtype::U8 => unsigned(u8::MAX.into()),
        Dtype::U16 => unsigned(u16::MAX.into()),
        Dtype::U32 => unsigned(u32::MAX.into()),
        Dtype::U64 => unsigned(u64::MAX),
        Dtype::Decimal { precision, scale } => fits(number, precision)
            .then_some(Value::Decimal {
                mantissa: number,
                scale,
            })
            .ok_or_else(overflow),
        Dtype::Bool => match number {
            0 => Ok(Value::Bool(false)),
            1 => Ok(Value::Bool(true)),
            _ => Err(Unfit::Internal(dtype)),
        },
        Dtype::Enum(variants) => {
            let variant = usize::try_from(number).ok();
            let variant = variant.and_then(|variant| variants.get(variant));
            let text = variant.ok_or(Unfit::Internal(dtype))?;
            Ok(Value::Str((*text).to_owned()))
        }
        Dtype::Timestamp => {
            let micros = i64::try_from(number).ok();
            let time = micros.and_then(Timestamp::from_timestamp_micros);
            time.map(Value::Timestamp).ok_or(Unfit::Internal(dtype))
        }
        Dtype::Date => {
            let days = i32::try_from(number).ok();
            let date = days.and_then(Date::from_epoch_days);
            date.map(Value::Date).ok_or(Unfit::Internal(dtype))
        }
        _ => Err(Unfit::Internal(dtype)),
    }
}
