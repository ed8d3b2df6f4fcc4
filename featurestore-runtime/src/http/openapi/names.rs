//! The names of components, which may have fewer characters than views and services.

use serde_json::{Value as Json, json};

/// The name of a component about one of the declarations, `kind` being what that is: the name
/// itself where OpenAPI allows it, else its index among the declarations.
pub(super) fn component(kind: &str, name: &str, index: usize, part: &str) -> String {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if name.bytes().all(allowed) {
        format!("{kind}.{name}.{part}")
    } else {
        format!("{kind}-{index}.{part}")
    }
}

/// A reference to a schema among the components.
pub(super) fn schema(name: &str) -> Json {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
