//! What is sent: join keys, and bodies in the plain form and in the form that Feast clients speak.

use featurestore_schema::Dtype;
use serde_json::{Map, Value as Json, json};

use super::examples;
use super::forms::Form;
use crate::http::visible::Visible;
use crate::registry::dtype_schema;
use crate::service::ServiceDefinition;

/// The schema of a join key's value: just what is taken.
pub(super) fn key(dtype: Dtype) -> Json {
    let mut schema = dtype_schema(dtype).to_value();
    let mut set = |name: &str, value: Json| {
        if let Json::Object(schema) = &mut schema {
            schema.insert(name.to_owned(), value);
        }
    };
    match dtype {
        Dtype::I64 => {
            set("minimum", json!(i64::MIN));
            set("maximum", json!(i64::MAX));
        }
        Dtype::U64 => set("maximum", json!(u64::MAX)),
        Dtype::Decimal { precision, scale } => {
            let digits = precision.saturating_sub(scale).max(1);
            let pattern = format!("^-?[0-9]{{1,{digits}}}(\\.[0-9]{{1,{}}})?$", scale.max(1));
            set("pattern", json!(pattern));
        }
        Dtype::Bytes => set(
            "pattern",
            json!("^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"),
        ),
        _ => {}
    }
    set("examples", json!([examples::of_dtype(dtype)]));
    schema
}

/// The schema of a join key's values, one per entity.
fn list(dtype: Dtype, limit: usize) -> Json {
    json!({
        "type": "array",
        "items": key(dtype),
        "minItems": 1,
        "maxItems": limit,
    })
}

/// The schemas of join keys, each with one value or a list of them.
fn one_or_many<'a>(
    keys: impl IntoIterator<Item = (&'a str, Dtype)>,
    limit: usize,
) -> Map<String, Json> {
    let schema = |dtype| {
        json!({
            "description": "one entity's, or a list with one per entity",
            "anyOf": [key(dtype), list(dtype, limit)],
        })
    };
    let entry = |(name, dtype): (&str, Dtype)| (name.to_owned(), schema(dtype));
    keys.into_iter().map(entry).collect()
}

fn metadata() -> Json {
    json!({
        "type": "boolean",
        "default": false,
        "description": "whether the answer says why a value is missing and how old it is",
    })
}

/// The body that asks for features of a form by name.
pub(super) fn features(form: &Form, limit: usize) -> Json {
    let keys = form.keys.iter().map(|(name, dtype)| (*name, *dtype));
    let mut properties = one_or_many(keys, limit);
    let names = json!({
        "type": "array",
        "items": { "type": "string", "enum": form.names() },
        "minItems": 1,
        "uniqueItems": true,
        "description": "the features' names, with the view's before a colon where two views have one",
    });
    properties.insert("features".to_owned(), names);
    let required: Vec<String> = properties.keys().cloned().collect();
    properties.insert("metadata".to_owned(), metadata());
    json!({
        "title": format!("features by {}", form.title()),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// The body that asks for all features of a service.
pub(super) fn service(service: &ServiceDefinition, limit: usize) -> Json {
    let mut properties = one_or_many(service.join_keys(), limit);
    properties.insert("service".to_owned(), json!({ "const": service.name() }));
    let required: Vec<String> = properties.keys().cloned().collect();
    properties.insert("metadata".to_owned(), metadata());
    json!({
        "title": format!("service {}", service.name()),
        "description": service.description(),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// A body in the form that Feast clients speak, `what` being how features are named there.
fn feast<'a>(
    title: String,
    keys: impl IntoIterator<Item = (&'a str, Dtype)>,
    (what, how): (&str, Json),
    other: &str,
    limit: usize,
) -> Json {
    let entities: Map<String, Json> = keys
        .into_iter()
        .map(|(name, dtype)| (name.to_owned(), list(dtype, limit)))
        .collect();
    let names: Vec<&String> = entities.keys().collect();
    json!({
        "title": title,
        "type": "object",
        "properties": {
            what: how,
            "entities": {
                "type": "object",
                "description": "the join keys, column by column, all of one length",
                "required": names,
                "properties": entities,
                "additionalProperties": false,
            },
            "full_feature_names": {
                "type": ["boolean", "null"],
                "default": false,
                "description": "whether the answer names a feature `view__feature`",
            },
        },
        "required": [what, "entities"],
        "not": { "required": [other] },
    })
}

/// The body in which a Feast client asks for features of a form.
pub(super) fn feast_features(form: &Form, limit: usize) -> Json {
    let names: Vec<&str> = form
        .features
        .iter()
        .map(|feature| feature.full_name.as_str())
        .collect();
    let how = json!({
        "type": "array",
        "items": { "type": "string", "enum": names },
        "minItems": 1,
        "uniqueItems": true,
    });
    let keys = form.keys.iter().map(|(name, dtype)| (*name, *dtype));
    let title = format!("as Feast clients ask, by {}", form.title());
    feast(title, keys, ("features", how), "feature_service", limit)
}

/// The body in which a Feast client asks for a service.
pub(super) fn feast_service(service: &ServiceDefinition, limit: usize) -> Json {
    let how = json!({ "const": service.name() });
    let title = format!("as Feast clients ask, service {}", service.name());
    feast(
        title,
        service.join_keys(),
        ("feature_service", how),
        "features",
        limit,
    )
}

/// Bodies to try.
pub(super) fn examples(visible: &Visible, forms: &[Form]) -> Json {
    let mut examples = Map::new();
    let mut add = |name: String, summary: String, body: Map<String, Json>| {
        examples.insert(name, json!({ "summary": summary, "value": body }));
    };
    for service in &visible.services {
        let mut body = examples::keys(service.join_keys());
        body.insert("service".to_owned(), json!(service.name()));
        let summary = format!("all of service {}", service.name());
        add(format!("service.{}", service.name()), summary, body);
    }
    for form in forms {
        let keys = || examples::keys(form.keys.iter().map(|(name, dtype)| (*name, *dtype)));
        let names: Vec<&str> = form.some().map(|(name, _)| name).collect();
        let mut body = keys();
        body.insert("features".to_owned(), json!(names));
        body.insert("metadata".to_owned(), json!(true));
        let title = form.title();
        add(
            format!("features.{title}"),
            format!("features by {title}"),
            body,
        );

        let columns = keys()
            .into_iter()
            .map(|(name, value)| (name, json!([value, value])));
        let columns: Map<String, Json> = columns.collect();
        let mut body = columns.clone();
        body.insert("features".to_owned(), json!(names));
        add(
            format!("many.{title}"),
            format!("features of many, by {title}"),
            body,
        );

        let full_names = form
            .features
            .iter()
            .take(3)
            .map(|feature| feature.full_name.as_str());
        let mut body = Map::new();
        body.insert("features".to_owned(), full_names.collect());
        body.insert("entities".to_owned(), Json::Object(columns));
        add(
            format!("feast.{title}"),
            format!("as Feast clients ask, by {title}"),
            body,
        );
    }
    Json::Object(examples)
}
