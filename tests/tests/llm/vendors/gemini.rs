//! Google: "Function calling", and "FunctionDeclaration" and "Schema" of the API reference.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{Refused, names, object};

const GEMINI_KEYWORDS: &[&str] = &[
    "type",
    "format",
    "title",
    "description",
    "nullable",
    "enum",
    "maxItems",
    "minItems",
    "properties",
    "required",
    "minProperties",
    "maxProperties",
    "minLength",
    "maxLength",
    "pattern",
    "example",
    "anyOf",
    "propertyOrdering",
    "default",
    "items",
    "minimum",
    "maximum",
];
const GEMINI_TYPES: &[&str] = &["STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT"];

/// `tools` of Gemini.
pub(crate) fn gemini(tools: &Json) -> Vec<String> {
    let mut refused = Refused::default();
    for tool in tools.as_array().into_iter().flatten() {
        refused.only(&object(tool), &["functionDeclarations"], "tool");
        for function in tool["functionDeclarations"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let known = [
                "name",
                "description",
                "parameters",
                "response",
                "responseJsonSchema",
            ];
            refused.only(&object(function), &known, "function");
            refused.name(&function["name"], "name");
            let first = function["name"]
                .as_str()
                .and_then(|name| name.chars().next());
            let letter = first.is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
            refused.unless(letter, "name", "its first character");
            refused.unless(
                function["parameters"]["type"] == "OBJECT",
                "parameters",
                "no object",
            );
            gemini_schema(&function["parameters"], "parameters", &mut refused);
            match (function.get("response"), function.get("responseJsonSchema")) {
                (Some(response), None) => gemini_schema(response, "response", &mut refused),
                (None, Some(response)) => {
                    refused.unless(
                        jsonschema::meta::is_valid(response),
                        "response",
                        "no JSON Schema",
                    );
                }
                _ => refused.unless(false, "response", "none, or two"),
            }
        }
    }
    refused.into_vec()
}

fn gemini_schema(schema: &Json, place: &str, refused: &mut Refused) {
    let map = object(schema);
    refused.only(&map, GEMINI_KEYWORDS, place);
    let kind = schema["type"].as_str().unwrap_or_default();
    refused.unless(
        GEMINI_TYPES.contains(&kind),
        place,
        format!("the type {}", schema["type"]),
    );
    if let Some(format) = schema["format"].as_str() {
        let known: &[&str] = match kind {
            "STRING" => &["enum", "date-time"],
            "NUMBER" => &["float", "double"],
            "INTEGER" => &["int32", "int64"],
            _ => &[],
        };
        refused.unless(
            known.contains(&format),
            place,
            format!("the format {format}"),
        );
    }
    if let Some(variants) = schema["enum"].as_array() {
        refused.unless(kind == "STRING", place, "an enum of no text");
        let texts = variants
            .iter()
            .all(|text| text.as_str().is_some_and(|text| !text.is_empty()));
        refused.unless(texts, place, "an enum's text");
    }
    if let Some(nullable) = map.get("nullable") {
        refused.unless(nullable.is_boolean(), place, "nullable");
    }
    refused.unless(
        (kind == "ARRAY") == map.contains_key("items"),
        place,
        "items",
    );
    refused.unless(
        (kind == "OBJECT") == map.contains_key("properties"),
        place,
        "properties",
    );
    if let Some(items) = map.get("items") {
        gemini_schema(items, &format!("{place}[]"), refused);
    }
    if let Some(properties) = map.get("properties") {
        let properties = object(properties);
        refused.unless(!properties.is_empty(), place, "no properties");
        let all: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
        refused.unless(
            names(&schema["required"]).is_subset(&all),
            place,
            "required",
        );
        refused.unless(
            names(&schema["propertyOrdering"]) == all,
            place,
            "propertyOrdering",
        );
        for (name, property) in &properties {
            gemini_schema(property, &format!("{place}.{name}"), refused);
        }
    }
}
