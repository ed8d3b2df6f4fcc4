//! The names of components: OpenAPI allows fewer characters in them than views and services have, and
//! what makes clients of them fewer still.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

const SCHEMAS: &str = "#/components/schemas/";

/// The name of a component about a declaration, `kind` being what that is. Characters that OpenAPI
/// does not allow, or that stand between the parts, are there by their numbers.
pub(super) fn component<'a>(
    kind: &str,
    names: impl IntoIterator<Item = &'a str>,
    part: &str,
) -> String {
    let mut component = kind.to_owned();
    let mut push = |name: &str| {
        component.push('.');
        for character in name.chars() {
            if character.is_ascii_alphanumeric() || character == '_' {
                component.push(character);
            } else {
                component.push_str(&format!("-{:x}-", u32::from(character)));
            }
        }
    };
    names.into_iter().for_each(&mut push);
    push(part);
    component
}

/// A reference to a schema among the components.
pub(super) fn schema(name: &str) -> Json {
    json!({ "$ref": format!("{SCHEMAS}{name}") })
}

/// Tells components apart that would have one name in a language, where neither dots nor the case of
/// letters count: `view.a_b.c` and `view.a.b_c` are both `ViewABC` there. The later gets a number.
pub(super) fn tell_apart(document: &mut Json) {
    let Some(Json::Object(schemas)) = document.pointer_mut("/components/schemas") else {
        return;
    };
    let plain = |name: &str| -> String {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        letters.map(|letter| letter.to_ascii_lowercase()).collect()
    };
    let mut taken = BTreeSet::new();
    let mut own_name = |name: &str| {
        let mut own = name.to_owned();
        let mut number = 2;
        while !taken.insert(plain(&own)) {
            own = format!("{name}.{number}");
            number += 1;
        }
        own
    };
    let mut renamed = BTreeMap::new();
    let mut distinct = Map::new();
    for (name, schema) in std::mem::take(schemas) {
        let own = own_name(&name);
        if own != name {
            renamed.insert(format!("{SCHEMAS}{name}"), format!("{SCHEMAS}{own}"));
        }
        distinct.insert(own, schema);
    }
    *schemas = distinct;
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    let operations = paths.filter_map(|(_, path)| path.as_object_mut());
    for operation in operations.flat_map(Map::values_mut) {
        if let Some(Json::String(id)) = operation.get_mut("operationId") {
            *id = own_name(id);
        }
    }
    if !renamed.is_empty() {
        refer(document, &renamed);
    }
}

fn refer(value: &mut Json, renamed: &BTreeMap<String, String>) {
    match value {
        Json::Object(object) => {
            for (name, value) in object {
                match value {
                    Json::String(reference) if name == "$ref" => {
                        if let Some(own) = renamed.get(reference) {
                            reference.clone_from(own);
                        }
                    }
                    value => refer(value, renamed),
                }
            }
        }
        Json::Array(values) => values.iter_mut().for_each(|value| refer(value, renamed)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_of_the_characters_that_openapi_allows() {
        assert_eq!(component("view", ["a_b"], "c"), "view.a_b.c");
        assert_eq!(
            component("view", ["a.b"], "größe"),
            "view.a-2e-b.gr-f6--df-e"
        );
        assert_eq!(component("entity", ["a", "b"], "x"), "entity.a.b.x");
    }

    #[test]
    fn no_two_names_are_one_in_a_language() {
        let mut document = json!({
            "components": { "schemas": {
                "view.a.b_c": { "title": 1 },
                "view.a_b.c": { "title": 2, "items": { "$ref": "#/components/schemas/view.a.b_c" } },
            } },
            "paths": {
                "/a": { "get": { "operationId": "getService.a_b", "is": { "$ref": "#/components/schemas/view.a_b.c" } } },
                "/b": { "get": { "operationId": "getService.aB" } },
            },
        });
        tell_apart(&mut document);
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["view.a.b_c"]["title"], 1);
        assert_eq!(schemas["view.a_b.c.2"]["title"], 2);
        let to = |name: &str| json!(format!("#/components/schemas/{name}"));
        assert_eq!(schemas["view.a_b.c.2"]["items"]["$ref"], to("view.a.b_c"));
        assert_eq!(
            document["paths"]["/a"]["get"]["is"]["$ref"],
            to("view.a_b.c.2")
        );
        assert_eq!(
            document["paths"]["/b"]["get"]["operationId"],
            "getService.aB.2"
        );
    }
}
