//! Values to show: such that a request with them is answered, be it with nulls.

use featurestore_schema::Dtype;
use serde_json::{Map, Value as Json, json};

use crate::service::ServiceDefinition;
use crate::view::{Check, ColumnDefinition, Number};

/// A value of a dtype.
pub(super) fn of_dtype(dtype: Dtype) -> Json {
    match dtype {
        Dtype::Bool => json!(true),
        Dtype::F32 | Dtype::F64 => json!(0.5),
        Dtype::Bytes => json!("AP8="),
        Dtype::Timestamp => json!("2026-05-07T22:00:00Z"),
        Dtype::Date => json!("2026-05-07"),
        Dtype::Enum(variants) => json!(variants.first()),
        Dtype::Decimal { scale: 0, .. } => json!("0"),
        Dtype::Decimal { scale, .. } => json!(format!("0.{}", "0".repeat(scale.into()))),
        Dtype::Uuid => json!("67e55044-10b1-426f-9247-bb680e5fe0c8"),
        Dtype::List { item, .. } => json!([of_dtype(*item)]),
        Dtype::Array(length) => json!(vec![0.5; length]),
        Dtype::Json => json!({}),
        dtype if dtype.is_integer() => json!(1),
        _ => json!("8a2f"),
    }
}

/// A value of a feature, within its checks.
pub(super) fn of_column(column: &ColumnDefinition) -> Json {
    let number = |number: Number| match number {
        Number::Int(value) if column.dtype().is_integer() => {
            let unsigned = || u64::try_from(value).ok().map(Json::from);
            i64::try_from(value).ok().map(Json::from).or_else(unsigned)
        }
        Number::Int(value) => value.to_string().parse::<f64>().ok().map(Json::from),
        Number::Float(value) => Some(Json::from(value)),
    };
    let checked = column.checks().iter().find_map(|check| match check {
        Check::OneOf(texts) => texts.first().map(|text| json!(text)),
        Check::Range { .. } if matches!(column.dtype(), Dtype::Decimal { .. }) => None,
        Check::Range {
            min,
            max,
            inclusive,
        } => min.or(max.filter(|_| *inclusive)).and_then(number),
    });
    match checked {
        Some(value) => value,
        _ if column.dtype() == Dtype::String => json!("text"),
        _ => of_dtype(column.dtype()),
    }
}

/// Join keys with a value each.
pub(super) fn keys<'a>(keys: impl IntoIterator<Item = (&'a str, Dtype)>) -> Map<String, Json> {
    let entry = |(name, dtype): (&str, Dtype)| (name.to_owned(), of_dtype(dtype));
    keys.into_iter().map(entry).collect()
}

/// A value for each request field of a service.
pub(super) fn request(service: &ServiceDefinition) -> Map<String, Json> {
    let fields = service.request().iter();
    fields
        .map(|field| (field.name().to_owned(), of_column(field)))
        .collect()
}

/// What is known of a value that is there.
pub(super) fn metadata() -> Json {
    json!({ "status": "found", "event_timestamp": "2026-05-07T21:00:00Z" })
}
