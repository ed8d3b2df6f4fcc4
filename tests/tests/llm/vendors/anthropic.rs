//! Anthropic: "Strict tool use" and "Structured outputs, JSON Schema limitations".

use serde_json::{Value as Json, json};

use super::{Refused, closed, names, object};

const ANTHROPIC_KEYWORDS: &[&str] = &[
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "anyOf",
    "allOf",
    "description",
    "title",
    "default",
    "format",
    "minItems",
];
const ANTHROPIC_FORMATS: &[&str] = &[
    "date-time",
    "time",
    "date",
    "duration",
    "email",
    "hostname",
    "uri",
    "ipv4",
    "ipv6",
    "uuid",
];

/// `tools` of Anthropic.
pub(crate) fn anthropic(tools: &Json) -> Vec<String> {
    let mut refused = Refused::default();
    let tools: Vec<&Json> = tools.as_array().into_iter().flatten().collect();
    refused.unless(tools.len() <= 20, "tools", "too many strict ones");
    let (mut optional, mut unions) = (0, 0);
    for tool in tools {
        refused.only(
            &object(tool),
            &["name", "description", "input_schema", "strict"],
            "tool",
        );
        refused.name(&tool["name"], "name");
        refused.unless(tool["strict"] == true, "strict", &tool["strict"]);
        let schema = &tool["input_schema"];
        refused.unless(schema["type"] == "object", "input_schema", "no object");
        anthropic_schema(
            schema,
            "input_schema",
            &mut optional,
            &mut unions,
            &mut refused,
        );
    }
    refused.unless(optional <= 24, "tools", "too many optional properties");
    refused.unless(unions <= 16, "tools", "too many unions");
    refused.into_vec()
}

fn anthropic_schema(
    schema: &Json,
    place: &str,
    optional: &mut usize,
    unions: &mut usize,
    refused: &mut Refused,
) {
    let map = object(schema);
    refused.only(&map, ANTHROPIC_KEYWORDS, place);
    *unions += usize::from(schema["type"].is_array() || map.contains_key("anyOf"));
    if let Some(format) = map.get("format") {
        let known = ANTHROPIC_FORMATS.iter().any(|known| format == known);
        refused.unless(known, place, format!("the format {format}"));
    }
    if let Some(least) = map.get("minItems") {
        refused.unless(*least == 0 || *least == 1, place, "minItems");
    }
    for variant in schema["enum"].as_array().into_iter().flatten() {
        refused.unless(
            !variant.is_object() && !variant.is_array(),
            place,
            "an enum's value",
        );
    }
    if schema["type"] == "object" {
        let properties = object(&schema["properties"]);
        closed(&map, &properties, place, refused);
        let required = names(&schema["required"]);
        for (name, property) in &properties {
            refused.name(&json!(name), place);
            *optional += usize::from(!required.contains(name.as_str()));
            anthropic_schema(
                property,
                &format!("{place}.{name}"),
                optional,
                unions,
                refused,
            );
        }
    }
    if let Some(items) = map.get("items") {
        anthropic_schema(items, &format!("{place}[]"), optional, unions, refused);
    }
}
