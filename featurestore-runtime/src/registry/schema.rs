//! JSON Schema (2020-12) of views and services, from their declarations.

use featurestore_schema::Dtype;
use schemars::{Schema, json_schema};
use serde_json::{Map, Value as Json, json};

use crate::service::{ServiceDefinition, ServiceFeature};
use crate::view::{Check, ColumnDefinition, EventSourceDefinition, Number, ViewDefinition};

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema of a dtype's values in JSON. What may be NaN or infinite within a list may be null,
/// since JSON has no such numbers.
#[must_use]
pub fn dtype_schema(dtype: Dtype) -> Schema {
    let integer = |min: i128, max: i128| json_schema!({ "type": "integer", "minimum": number(min), "maximum": number(max) });
    match dtype {
        Dtype::Bool => json_schema!({ "type": "boolean" }),
        Dtype::I8 => integer(i8::MIN.into(), i8::MAX.into()),
        Dtype::I16 => integer(i16::MIN.into(), i16::MAX.into()),
        Dtype::I32 => integer(i32::MIN.into(), i32::MAX.into()),
        Dtype::I64 => json_schema!({ "type": "integer", "format": "int64" }),
        Dtype::U8 => integer(0, u8::MAX.into()),
        Dtype::U16 => integer(0, u16::MAX.into()),
        Dtype::U32 => integer(0, u32::MAX.into()),
        Dtype::U64 => json_schema!({ "type": "integer", "format": "uint64", "minimum": 0 }),
        Dtype::F32 => json_schema!({ "type": "number", "format": "float" }),
        Dtype::F64 => json_schema!({ "type": "number", "format": "double" }),
        Dtype::Bytes => json_schema!({ "type": "string", "contentEncoding": "base64" }),
        Dtype::Timestamp => json_schema!({ "type": "string", "format": "date-time" }),
        Dtype::Date => json_schema!({ "type": "string", "format": "date" }),
        Dtype::Enum(variants) => json_schema!({ "type": "string", "enum": variants }),
        Dtype::Decimal { .. } => json_schema!({ "type": "string", "format": "decimal" }),
        Dtype::Uuid => json_schema!({ "type": "string", "format": "uuid" }),
        Dtype::List { item, nullable } => {
            let mut items = dtype_schema(*item);
            if nullable || not_finite(*item) {
                or_null(&mut items);
            }
            json_schema!({ "type": "array", "items": items })
        }
        Dtype::Array(length) => {
            let mut items = dtype_schema(Dtype::F32);
            or_null(&mut items);
            json_schema!({
                "type": "array",
                "items": items,
                "minItems": length,
                "maxItems": length,
            })
        }
        Dtype::Json => json_schema!({}),
        _ => json_schema!({ "type": "string" }),
    }
}

/// The schema of a column's values: dtype, description, unit, checks, default.
#[must_use]
pub fn column_schema(column: &ColumnDefinition) -> Schema {
    feature_schema(column, column.description(), column.nullable())
}

/// The schema of a view's rows: join keys, event timestamp and features, as one flat object. Rows of a
/// window view have no event timestamp, since they are of the time of the read.
#[must_use]
pub fn row_schema(view: &ViewDefinition) -> Schema {
    let keys = view
        .join_keys()
        .iter()
        .map(|key| (key.name(), dtype_schema(key.dtype())));
    let time = ("event_timestamp", dtype_schema(Dtype::Timestamp));
    let time = view.windows().is_none().then_some(time);
    let columns = view
        .columns()
        .iter()
        .map(|column| (column.name(), column_schema(column)));
    object(
        view.name(),
        view.description(),
        keys.chain(time).chain(columns),
    )
}

/// The schema of an event, as one flat object: its timestamps and its columns.
#[must_use]
pub fn event_schema(events: &EventSourceDefinition) -> Schema {
    let time = (events.timestamp(), dtype_schema(Dtype::Timestamp));
    let created = events.created().map(|name| {
        let mut schema = dtype_schema(Dtype::Timestamp);
        or_null(&mut schema);
        (name, schema)
    });
    let columns = events.columns().iter();
    let columns = columns.map(|column| (column.name(), column_schema(column)));
    let rows = events.rows();
    object(
        rows.name(),
        rows.description(),
        [time].into_iter().chain(created).chain(columns),
    )
}

/// The schema of a service's values, as one flat object. A feature without a default is null
/// where its view may have no value for an entity, and has none.
#[must_use]
pub fn service_schema(service: &ServiceDefinition) -> Schema {
    let features = service.features().iter();
    let features = features.map(|feature| (feature.name(), service_feature(feature)));
    object(service.name(), service.description(), features)
}

fn service_feature(feature: &ServiceFeature) -> Schema {
    let (column, description) = (feature.column(), feature.description());
    let Some(default) = feature.default() else {
        return feature_schema(column, description, feature.may_be_null());
    };
    let mut schema = feature_schema(column, description, false);
    // A default is often one that no row may have, such as -1.
    let holds = |check: &Check| {
        default
            .borrow(column.dtype())
            .is_ok_and(|value| check.holds(value))
    };
    if !column.checks().iter().all(holds) {
        schema = told_schema(column, description, false);
    }
    schema.insert("default".to_owned(), default.to_json());
    schema
}

/// The schema of a feature's values where checks are told and not asserted: they hold for rows that
/// were materialized under the declaration as it is, and answers have others as well.
pub(crate) fn told_schema(column: &ColumnDefinition, description: &str, nullable: bool) -> Schema {
    let mut schema = dtype_schema(column.dtype());
    let checks: Vec<String> = column.checks().iter().map(ToString::to_string).collect();
    if !checks.is_empty() {
        schema.insert("x-checks".to_owned(), json!(checks));
    }
    described(schema, column, description, nullable)
}

fn object(
    title: &str,
    description: &str,
    properties: impl Iterator<Item = (&'static str, Schema)>,
) -> Schema {
    let properties: Map<String, Json> = properties
        .map(|(name, schema)| (name.to_owned(), schema.to_value()))
        .collect();
    let required: Vec<&String> = properties.keys().collect();
    let mut schema = json_schema!({
        "$schema": DRAFT,
        "title": title,
        "type": "object",
        "required": required,
        "additionalProperties": false,
    });
    if !description.is_empty() {
        schema.insert("description".to_owned(), json!(description));
    }
    schema.insert("properties".to_owned(), Json::Object(properties));
    schema
}

fn feature_schema(column: &ColumnDefinition, description: &str, nullable: bool) -> Schema {
    let mut schema = dtype_schema(column.dtype());
    for check in column.checks() {
        match check {
            // The bounds of JSON Schema are for numbers, and decimals are texts.
            Check::Range { .. } if matches!(column.dtype(), Dtype::Decimal { .. }) => {}
            Check::Range {
                min,
                max,
                inclusive,
            } => {
                if let Some(min) = min {
                    schema.insert("minimum".to_owned(), bound(*min));
                }
                let upper = if *inclusive {
                    "maximum"
                } else {
                    "exclusiveMaximum"
                };
                if let Some(max) = max {
                    schema.remove("maximum");
                    schema.insert(upper.to_owned(), bound(*max));
                }
            }
            Check::OneOf(texts) => {
                schema.insert("enum".to_owned(), json!(texts));
            }
        }
    }
    described(schema, column, description, nullable)
}

fn described(
    mut schema: Schema,
    column: &ColumnDefinition,
    description: &str,
    nullable: bool,
) -> Schema {
    if nullable || not_finite(column.dtype()) {
        or_null(&mut schema);
    }
    if !description.is_empty() {
        schema.insert("description".to_owned(), json!(description));
    }
    if let Some(unit) = column.unit() {
        schema.insert("x-unit".to_owned(), json!(unit));
    }
    schema
}

/// Whether a value that is there may be null in JSON, which has no NaN and no infinity.
const fn not_finite(dtype: Dtype) -> bool {
    matches!(dtype, Dtype::F32 | Dtype::F64)
}

/// The schema of the same values and null; any JSON has it already.
fn or_null(schema: &mut Schema) {
    if let Some(kind) = schema.remove("type") {
        schema.insert("type".to_owned(), json!([kind, "null"]));
    }
    if let Some(Json::Array(values)) = schema.get_mut("enum") {
        values.push(Json::Null);
    }
}

fn bound(value: Number) -> Json {
    match value {
        Number::Int(value) => number(value),
        Number::Float(value) => json!(value),
    }
}

fn number(value: i128) -> Json {
    i64::try_from(value).map_or_else(|_| json!(u64::try_from(value).ok()), |value| json!(value))
}
