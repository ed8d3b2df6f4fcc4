//! What each vendor takes, as its pages say; see `ToolFormat` for which. A checker gives all that a
//! vendor would refuse.

mod anthropic;
mod gemini;
mod openai;

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

pub(crate) use anthropic::anthropic;
pub(crate) use gemini::gemini;
pub(crate) use openai::openai;

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
