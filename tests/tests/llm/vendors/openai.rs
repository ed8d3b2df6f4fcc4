//! `OpenAI`: "Function calling" and "Structured model outputs, supported schemas".

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{Refused, closed, names, object};

const OPENAI_KEYWORDS: &[&str] = &[
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "anyOf",
    "description",
    "title",
    "pattern",
    "format",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "minItems",
    "maxItems",
];
const OPENAI_FORMATS: &[&str] = &[
    "date-time",
    "time",
    "date",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "uuid",
];

/// `tools` of `OpenAI`, in either form.
pub(crate) fn openai(tools: &Json) -> Vec<String> {
    let mut refused = Refused::default();
    for tool in tools.as_array().into_iter().flatten() {
        refused.unless(tool["type"] == "function", "type", &tool["type"]);
        let (function, known): (&Json, &[&str]) = match tool.get("function") {
            Some(function) => {
                refused.only(&object(tool), &["type", "function"], "tool");
                (function, &["name", "description", "parameters", "strict"])
            }
            None => (
                tool,
                &["type", "name", "description", "parameters", "strict"],
            ),
        };
        refused.only(&object(function), known, "function");
        refused.name(&function["name"], "name");
        refused.unless(function["strict"] == true, "strict", &function["strict"]);
        let description = function["description"].as_str().unwrap_or_default();
        let length = description.chars().count();
        refused.unless((1..=1_024).contains(&length), "description", length);
        let parameters = &function["parameters"];
        refused.unless(parameters["type"] == "object", "parameters", "no object");
        let mut totals = Totals::default();
        openai_schema(parameters, "parameters", 1, &mut totals, &mut refused);
        refused.unless(
            totals.properties <= 5_000,
            "parameters",
            "too many properties",
        );
        refused.unless(totals.texts <= 120_000, "parameters", "too long");
        refused.unless(
            totals.variants <= 1_000,
            "parameters",
            "too many texts of enums",
        );
    }
    refused.into_vec()
}

#[derive(Default)]
struct Totals {
    properties: usize,
    variants: usize,
    texts: usize,
}

fn openai_schema(
    schema: &Json,
    place: &str,
    depth: usize,
    totals: &mut Totals,
    refused: &mut Refused,
) {
    let map = object(schema);
    refused.only(&map, OPENAI_KEYWORDS, place);
    refused.unless(depth <= 10, place, "too deep");
    refused.unless(
        map.contains_key("type") || map.contains_key("anyOf"),
        place,
        "no type",
    );
    if let Some(format) = map.get("format") {
        let known = OPENAI_FORMATS.iter().any(|known| format == known);
        refused.unless(known, place, format!("the format {format}"));
    }
    if let Some(variants) = map.get("enum").and_then(Json::as_array) {
        let length: usize = variants.iter().filter_map(Json::as_str).map(str::len).sum();
        totals.variants += variants.len();
        totals.texts += length;
        refused.unless(
            variants.len() <= 250 || length <= 15_000,
            place,
            "a long enum",
        );
    }
    if schema["type"] == "object" {
        let properties = object(&schema["properties"]);
        closed(&map, &properties, place, refused);
        let required: BTreeSet<&str> = names(&schema["required"]);
        let all: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
        refused.unless(required == all, place, "not all properties are required");
        for (name, property) in &properties {
            totals.properties += 1;
            totals.texts += name.len();
            openai_schema(
                property,
                &format!("{place}.{name}"),
                depth + 1,
                totals,
                refused,
            );
        }
    }
    if let Some(items) = map.get("items") {
        openai_schema(items, &format!("{place}[]"), depth + 1, totals, refused);
    }
}
