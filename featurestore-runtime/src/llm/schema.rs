//! Schemas of arguments and answers, in the dialects that vendors read. None has a `$ref`.

use featurestore_schema::Dtype;
use serde_json::{Map, Value as Json, json};

use super::words::bounds;
use crate::view::{Check, Number};

/// The most texts of an `enum`. `OpenAI` bounds longer ones by their length, so they are only described.
const MAX_ENUM: usize = 250;

/// What a schema is written for; [`ToolFormat`](super::ToolFormat) names where each is described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// JSON Schema 2020-12, with keywords that every client knows.
    Json,
    /// The part of JSON Schema that strict function calling takes.
    OpenAi,
    /// The part of JSON Schema that strict tool use takes: no bounds of numbers and lists.
    Anthropic,
    /// The part of `OpenAPI` 3.0's schemas that function declarations take.
    Gemini,
}

/// A value of an object: its name, dtype, whether it may be null, and what it means.
#[derive(Debug)]
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) dtype: Dtype,
    pub(super) nullable: bool,
    /// What its values must satisfy.
    pub(super) checks: &'static [Check],
    pub(super) description: String,
}

/// An object with just these properties, all of them required.
pub(super) fn object(properties: &[Property], dialect: Dialect) -> Map<String, Json> {
    let values = properties.iter().map(|property| {
        let mut schema = value(property.dtype, property.nullable, dialect);
        for check in property.checks {
            add_check(&mut schema, check, property, dialect);
        }
        schema.insert("description".to_owned(), json!(property.description));
        (property.name.to_owned(), schema)
    });
    let names: Vec<&str> = properties.iter().map(|property| property.name).collect();
    object_of(values.collect(), &names, dialect)
}

/// What a check says, as far as a vendor's schemas have words for it; the description has it anyway.
fn add_check(schema: &mut Map<String, Json>, check: &Check, property: &Property, dialect: Dialect) {
    let number = |number: &Number| match number {
        Number::Int(value) => serde_json::from_str(&value.to_string()).ok(),
        Number::Float(value) => Some(json!(value)),
    };
    match check {
        Check::Range {
            min,
            max,
            inclusive,
        } if dialect != Dialect::Anthropic && !matches!(property.dtype, Dtype::Decimal { .. }) => {
            if let Some(min) = min.as_ref().and_then(number) {
                schema.insert("minimum".to_owned(), min);
            }
            let upper = match (inclusive, dialect) {
                (true, _) => Some("maximum"),
                (false, Dialect::Gemini) => None,
                (false, _) => Some("exclusiveMaximum"),
            };
            if let Some((upper, max)) = upper.zip(max.as_ref().and_then(number)) {
                schema.remove("maximum");
                schema.insert(upper.to_owned(), max);
            }
        }
        Check::OneOf(texts) if fits_enum(texts, dialect) => {
            let mut texts: Vec<Option<&str>> = texts.iter().copied().map(Some).collect();
            let or_null = property.nullable && dialect != Dialect::Gemini;
            texts.extend(or_null.then_some(None));
            schema.insert("enum".to_owned(), json!(texts));
            if dialect == Dialect::Gemini {
                schema.insert("format".to_owned(), json!("enum"));
            }
        }
        _ => {}
    }
}

/// An object of `properties` in this order, of which some are `required`.
pub(super) fn object_of(
    properties: Vec<(String, Map<String, Json>)>,
    required: &[&str],
    dialect: Dialect,
) -> Map<String, Json> {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!(type_name("object", dialect)));
    if dialect == Dialect::Gemini {
        let order: Vec<&String> = properties.iter().map(|(name, _)| name).collect();
        schema.insert("propertyOrdering".to_owned(), json!(order));
    } else {
        schema.insert("additionalProperties".to_owned(), json!(false));
    }
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    let properties = properties
        .into_iter()
        .map(|(name, schema)| (name, Json::Object(schema)));
    schema.insert("properties".to_owned(), Json::Object(properties.collect()));
    schema
}

/// The values of a dtype.
pub(super) fn value(dtype: Dtype, nullable: bool, dialect: Dialect) -> Map<String, Json> {
    let mut schema = Map::new();
    let kind = match dtype {
        Dtype::Bool => "boolean",
        Dtype::F32 | Dtype::F64 => "number",
        Dtype::List { .. } | Dtype::Array(_) => "array",
        // Without a type it is any JSON, null too.
        Dtype::Json => return schema,
        other if other.is_integer() => "integer",
        _ => "string",
    };
    schema.insert("type".to_owned(), json!(type_name(kind, dialect)));
    if dialect != Dialect::Anthropic
        && let Some((min, max)) = bounds(dtype)
    {
        schema.insert("minimum".to_owned(), json!(min));
        // 64 bits are what an integer has anyway, and vendors keep bounds as floats.
        if max <= u32::MAX.into() {
            schema.insert("maximum".to_owned(), json!(max));
        }
    }
    if let Some(format) = format(dtype, dialect) {
        schema.insert("format".to_owned(), json!(format));
    }
    match dtype {
        Dtype::Enum(variants) if fits_enum(variants, dialect) => {
            let mut texts: Vec<Option<&str>> = variants.iter().copied().map(Some).collect();
            texts.extend((nullable && dialect != Dialect::Gemini).then_some(None));
            schema.insert("enum".to_owned(), json!(texts));
        }
        Dtype::List { item, nullable } => {
            // NaN and infinities are null in JSON.
            let nullable = nullable || matches!(item, Dtype::F32 | Dtype::F64);
            let items = value(*item, nullable, dialect);
            schema.insert("items".to_owned(), Json::Object(items));
        }
        Dtype::Array(length) => {
            let items = value(Dtype::F32, true, dialect);
            schema.insert("items".to_owned(), Json::Object(items));
            if dialect != Dialect::Anthropic {
                schema.insert("minItems".to_owned(), json!(length));
                schema.insert("maxItems".to_owned(), json!(length));
            }
        }
        _ => {}
    }
    if nullable {
        if dialect == Dialect::Gemini {
            schema.insert("nullable".to_owned(), json!(true));
        } else {
            schema.insert("type".to_owned(), json!([kind, "null"]));
        }
    }
    schema
}

/// A type's name: Gemini's are in capitals.
fn type_name(name: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Gemini => name.to_uppercase(),
        _ => name.to_owned(),
    }
}

fn format(dtype: Dtype, dialect: Dialect) -> Option<&'static str> {
    match (dtype, dialect) {
        (Dtype::Timestamp, _) => Some("date-time"),
        (Dtype::Enum(variants), Dialect::Gemini) if fits_enum(variants, dialect) => Some("enum"),
        (_, Dialect::Gemini) => None,
        (Dtype::Date, _) => Some("date"),
        (Dtype::Uuid, _) => Some("uuid"),
        _ => None,
    }
}

/// Whether a vendor takes an enum's texts; Gemini refuses an empty one.
fn fits_enum(variants: &[&str], dialect: Dialect) -> bool {
    variants.len() <= MAX_ENUM && (dialect != Dialect::Gemini || !variants.contains(&""))
}
