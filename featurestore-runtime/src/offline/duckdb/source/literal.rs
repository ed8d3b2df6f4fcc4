//! Values of Rust in queries: bound, and cast to the SQL type of their dtype.

use duckdb::types::{TimeUnit, Value as Bound};
use featurestore_schema::Dtype;

use super::columns::sql_type;
use crate::offline::duckdb::session::sql::Params;
use crate::types::Value;

/// A value as an SQL expression of its dtype; the value is bound, a list's values one by one.
pub(crate) fn literal(value: &Value, dtype: Dtype, params: &mut Params) -> String {
    match (value, dtype) {
        (Value::List(values), _) => {
            let item = match dtype {
                Dtype::List { item, .. } => *item,
                _ => Dtype::F32,
            };
            let values = values.iter().map(|value| match value {
                Some(value) => literal(value, item, params),
                None => "NULL".to_owned(),
            });
            let values: Vec<String> = values.collect();
            format!("CAST([{}] AS {})", values.join(", "), sql_type(dtype))
        }
        (Value::Timestamp(_), _) => {
            let bound = params.push(bound(value));
            format!("CAST(CAST({bound} AS TIMESTAMP) AS TIMESTAMPTZ)")
        }
        _ => {
            let bound = params.push(bound(value));
            format!("CAST({bound} AS {})", sql_type(dtype))
        }
    }
}

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
