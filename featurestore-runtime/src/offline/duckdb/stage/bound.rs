//! Values as parameters of queries.

use duckdb::types::{TimeUnit, Value as Bound};

use crate::types::Value;

/// A value as a query's parameter has it.
pub(crate) fn bound(value: &Value) -> Bound {
    match value {
        Value::Bool(value) => Bound::Boolean(*value),
        Value::Int(value) => Bound::BigInt(*value),
        Value::UInt(value) => Bound::UBigInt(*value),
        Value::F32(value) => Bound::Float(*value),
        Value::F64(value) => Bound::Double(*value),
        Value::Str(value) => Bound::Text(value.clone()),
        Value::Bytes(value) => Bound::Blob(value.clone()),
        Value::Timestamp(value) => {
            Bound::Timestamp(TimeUnit::Microsecond, value.timestamp_micros())
        }
        Value::Date(value) => Bound::Date32(value.to_epoch_days()),
        // As texts, which a cast to the dtype's SQL type reads exactly.
        Value::Decimal { .. } | Value::Uuid(_) | Value::Json(_) => {
            Bound::Text(value.text().into_owned())
        }
        Value::List(values) => Bound::List(
            values
                .iter()
                .map(|value| value.as_ref().map_or(Bound::Null, bound))
                .collect(),
        ),
    }
}
