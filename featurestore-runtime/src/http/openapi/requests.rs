//! What is sent: join keys, and bodies in the plain form and in the form that Feast clients speak.

use std::collections::{BTreeMap, BTreeSet};

use featurestore_schema::Dtype;
use serde_json::{Map, Value as Json, json};

use super::examples;
use super::key_sets::KeySet;
use super::names::schema;
use crate::http::visible::Visible;
use crate::registry::{column_schema, dtype_schema};
use crate::service::ServiceDefinition;
use crate::view::ColumnDefinition;

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

/// The schema of a request field's value.
pub(super) fn request_field(field: &ColumnDefinition) -> Json {
    let mut schema = column_schema(field);
    if let Some(default) = field
        .default()
        .and_then(|default| default.value(field.dtype()))
    {
        schema.insert("default".to_owned(), default.to_json());
    }
    schema.insert("examples".to_owned(), json!([examples::of_column(field)]));
    schema.to_value()
}

/// The schemas of a service's request fields, each with one value or a list of them, and the names of
/// those that must be given.
fn request_fields(
    service: &ServiceDefinition,
    limit: usize,
) -> (Map<String, Json>, Vec<&'static str>) {
    let schema = |field: &ColumnDefinition| {
        let one = request_field(field);
        let many = json!({ "type": "array", "items": one, "minItems": 1, "maxItems": limit });
        // Of what may be a list itself, any list could be either.
        let holds_lists = matches!(
            field.dtype(),
            Dtype::List { .. } | Dtype::Array(_) | Dtype::Json
        );
        let choice = if holds_lists { "anyOf" } else { "oneOf" };
        json!({ "description": field.description(), choice: [one, many] })
    };
    let fields = service.request().iter();
    let schemas = fields.map(|field| (field.name().to_owned(), schema(field)));
    (schemas.collect(), required(service).collect())
}

/// The names of the request fields that must be given.
pub(super) fn required(service: &ServiceDefinition) -> impl Iterator<Item = &'static str> {
    let fields = service.request().iter();
    let needed = fields.filter(|field| !field.nullable() && field.default().is_none());
    needed.map(|field| field.name())
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
            "oneOf": [key(dtype), list(dtype, limit)],
        })
    };
    let entry = |(name, dtype): (&str, Dtype)| (name.to_owned(), schema(dtype));
    keys.into_iter().map(entry).collect()
}

/// Without a `default`: what has one is a field that must be there, to some generators.
fn metadata() -> Json {
    json!({
        "type": "boolean",
        "description": "whether the answer says why a value is missing and how old it is; false unless given",
    })
}

/// The body that asks for features of a set of keys by name.
pub(super) fn features(form: &KeySet, limit: usize) -> Json {
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
        "description": format!("features by {}", form.title()),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// The body that asks for all features of a service.
pub(super) fn service(service: &ServiceDefinition, limit: usize) -> Json {
    let mut properties = one_or_many(service.join_keys(), limit);
    let (fields, needed) = request_fields(service, limit);
    let name = json!({ "type": "string", "const": service.name() });
    properties.insert("service".to_owned(), name);
    let mut required: Vec<String> = properties.keys().cloned().collect();
    required.extend(needed.into_iter().map(str::to_owned));
    properties.extend(fields);
    properties.insert("metadata".to_owned(), metadata());
    json!({
        "description": service.description(),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// The schemas of the bodies that Feast clients send: for features, and where there are services, for
/// one of them.
pub(super) fn feast(visible: &Visible, forms: &[KeySet], limit: usize) -> Vec<(String, Json)> {
    let mut keys: BTreeMap<&str, Dtype> = BTreeMap::new();
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for form in forms {
        keys.extend(form.keys.iter().map(|(name, dtype)| (*name, *dtype)));
        let features = form.features.iter();
        names.extend(features.map(|feature| feature.full_name.as_str()));
    }
    for service in &visible.services {
        keys.extend(service.join_keys());
    }
    let services: Vec<&str> = visible.services.iter().map(|one| one.name()).collect();
    let mut entities = keys
        .into_iter()
        .map(|(name, dtype)| (name.to_owned(), list(dtype, limit)))
        .collect::<Map<_, _>>();
    // A name may be that of request fields of several services.
    let mut fields: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
    for field in visible.services.iter().flat_map(|one| one.request()) {
        let schemas = fields.entry(field.name()).or_default();
        let schema = request_field(field);
        if !schemas.contains(&schema) {
            schemas.push(schema);
        }
    }
    for (name, mut schemas) in fields {
        let one = (schemas.len() == 1).then(|| schemas.remove(0));
        let items = one.unwrap_or_else(|| json!({ "anyOf": schemas }));
        let list = json!({ "type": "array", "items": items, "minItems": 1, "maxItems": limit });
        let known = entities.remove(name);
        let either = known.map(|known| json!({ "anyOf": [known, list] }));
        entities.insert(name.to_owned(), either.unwrap_or(list));
    }
    let entities = json!({
        "type": "object",
        "description": "join keys and request fields, column by column, all of one length: those that the features need, and any other join keys, which are given back",
        "properties": entities,
        "minProperties": 1,
        "additionalProperties": false,
    });
    let body = |description: &str, required: &str, features: Json, service: Json| {
        json!({
            "description": description,
            "type": "object",
            "properties": {
                "features": features,
                "feature_service": service,
                "entities": schema("FeastEntities"),
                "full_feature_names": {
                    "type": ["boolean", "null"],
                    "description": "whether the answer names a feature `view__feature`; false unless given",
                },
            },
            "required": [required, "entities"],
        })
    };
    let features = body(
        "features, as Feast clients ask for them",
        "features",
        json!({
            "type": "array",
            "items": { "type": "string", "enum": names },
            "minItems": 1,
            "uniqueItems": true,
        }),
        json!({ "type": ["string", "null"], "maxLength": 0, "description": "nothing" }),
    );
    let mut schemas = vec![
        ("FeastEntities".to_owned(), entities),
        ("FeastFeaturesRequest".to_owned(), features),
    ];
    if !services.is_empty() {
        let service = body(
            "a service, as Feast clients ask for it",
            "feature_service",
            json!({
                "type": ["array", "null"],
                "items": { "type": "string" },
                "maxItems": 0,
                "description": "nothing",
            }),
            json!({ "type": "string", "enum": services }),
        );
        schemas.push(("FeastServiceRequest".to_owned(), service));
    }
    schemas
}

/// Bodies to try.
pub(super) fn examples(visible: &Visible, forms: &[KeySet]) -> Json {
    let mut examples = Map::new();
    let mut add = |name: String, summary: String, body: Map<String, Json>| {
        examples.insert(name, json!({ "summary": summary, "value": body }));
    };
    for service in &visible.services {
        let mut body = examples::keys(service.join_keys());
        body.insert("service".to_owned(), json!(service.name()));
        body.extend(examples::request(service));
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
