//! What each vendor takes, as its pages say; see `ToolFormat` for which. A checker gives all that a
//! vendor would refuse.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

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

/// What is refused of a definition, with the place.
#[derive(Default)]
pub(crate) struct Refused(Vec<String>);

impl Refused {
    fn unless(&mut self, right: bool, place: &str, what: impl ToString) {
        if !right {
            self.0.push(format!("{place}: {}", what.to_string()));
        }
    }

    fn only(&mut self, object: &Map<String, Json>, known: &[&str], place: &str) {
        for key in object.keys() {
            self.unless(known.contains(&key.as_str()), place, format!("no `{key}`"));
        }
    }

    fn name(&mut self, name: &Json, place: &str) {
        let name = name.as_str().unwrap_or_default();
        let plain = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
        let right = (1..=64).contains(&name.len()) && name.chars().all(plain);
        self.unless(right, place, format!("the name {name}"));
    }

    pub(crate) fn into_vec(self) -> Vec<String> {
        self.0
    }
}

fn object(json: &Json) -> Map<String, Json> {
    json.as_object().cloned().unwrap_or_default()
}

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

fn closed(
    map: &Map<String, Json>,
    properties: &Map<String, Json>,
    place: &str,
    refused: &mut Refused,
) {
    let closed = map.get("additionalProperties") == Some(&json!(false));
    refused.unless(closed, place, "not closed");
    refused.unless(!properties.is_empty(), place, "no properties");
}

fn names(list: &Json) -> BTreeSet<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect()
}

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

/// `tools` of the Model Context Protocol.
pub(crate) fn mcp(tools: &Json) -> Vec<String> {
    let mut refused = Refused::default();
    for tool in tools.as_array().into_iter().flatten() {
        let known = [
            "name",
            "title",
            "description",
            "inputSchema",
            "outputSchema",
            "annotations",
        ];
        refused.only(&object(tool), &known, "tool");
        refused.name(&tool["name"], "name");
        for schema in ["inputSchema", "outputSchema"] {
            let schema = &tool[schema];
            refused.unless(schema["type"] == "object", "schema", "no object");
            refused.unless(
                jsonschema::meta::is_valid(schema),
                "schema",
                "no JSON Schema",
            );
            refused.unless(
                !schema.to_string().contains("\"$ref\""),
                "schema",
                "a reference",
            );
        }
        let hints = json!({
            "title": tool["title"],
            "readOnlyHint": true,
            "destructiveHint": false,
            "idempotentHint": true,
            "openWorldHint": false,
        });
        refused.unless(
            tool["annotations"] == hints,
            "annotations",
            &tool["annotations"],
        );
    }
    refused.into_vec()
}
