//! The schemas of answers.

use std::collections::{BTreeMap, BTreeSet};

use featurestore_schema::Dtype;
use serde_json::{Map, Value as Json, json};

use super::key_sets::KeySet;
use super::names::{component, schema};
use super::{examples, failures, requests};
use crate::http::codes::Code;
use crate::http::visible::{Visible, VisibleView};
use crate::registry::told_schema;
use crate::service::{ServiceDefinition, ServiceFeature};
use crate::time::format_duration;
use crate::view::{ColumnDefinition, ViewDefinition};

/// The schemas that all answers share.
pub(super) fn shared() -> Map<String, Json> {
    let mut schemas = Map::new();
    schemas.insert(
        "Metadata".to_owned(),
        json!({
            "type": "object",
            "description": "what is known of a value",
            "properties": {
                "status": {
                    "type": "string",
                    "enum": ["found", "null", "expired", "missing", "not_finite"],
                    "description": "found: there is a row, and the value is not null; null: there is a row, and the value is null; expired: the row is older than its view's TTL; missing: there is no row, or one that another build wrote without the feature; not_finite: the value is NaN or infinite, which JSON has not",
                },
                "event_timestamp": {
                    "type": ["string", "null"],
                    "format": "date-time",
                    "description": "when the row's values became true; null where there is no row",
                },
            },
            "required": ["status", "event_timestamp"],
            "additionalProperties": false,
            "examples": [examples::metadata()],
        }),
    );
    schemas.insert("Failure".to_owned(), failures::failure(Code::ALL));
    schemas.extend(feast());
    schemas.extend([many()]);
    schemas.insert(
        "FeastFailure".to_owned(),
        json!({
            "type": "string",
            "contentMediaType": "application/json",
            "description": "a failure of a request in Feast's form: JSON in a text, with `module`, `class` (an exception of Feast's), `message` and `code`",
        }),
    );
    schemas.insert(
        "State".to_owned(),
        json!({
            "type": "object",
            "properties": {
                "status": { "type": "string", "examples": ["ok"] },
                "reason": { "type": "string", "description": "why not" },
                "drifted_views": {
                    "type": "integer",
                    "description": "how many views' sources no longer fit them",
                },
            },
            "required": ["status"],
            "additionalProperties": false,
        }),
    );
    schemas
}

/// The schema of a feature, as it is answered under its name.
pub(super) fn columns(view: &VisibleView) -> impl Iterator<Item = (String, Json)> {
    let view_definition = view.view;
    view.columns.iter().map(move |column| {
        let name = component("view", [view_definition.name()], column.name());
        (
            name,
            feature(Some(view_definition), column, column.description(), None),
        )
    })
}

/// The schemas of the answer about one entity, whatever was asked of it, and of one that could not be
/// read. It is one for all: who reads an answer has no way to tell which of several it is.
pub(super) fn one(visible: &Visible, forms: &[KeySet]) -> [(String, Json); 3] {
    let mut keys: BTreeMap<&str, Dtype> = BTreeMap::new();
    let mut names: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for form in forms {
        keys.extend(form.keys.iter().map(|(name, dtype)| (*name, *dtype)));
        for feature in &form.features {
            for name in feature.name.into_iter().chain([feature.full_name.as_str()]) {
                let schemas = names.entry(name).or_default();
                schemas.insert(feature.schema.clone());
            }
        }
    }
    for service in &visible.services {
        keys.extend(service.join_keys());
        for own in service.features() {
            let column = feature_component(service, own);
            names.entry(own.name()).or_default().insert(column);
        }
    }
    let properties: Map<String, Json> = names
        .into_iter()
        .map(|(name, schemas)| {
            let mut schemas: Vec<Json> = schemas.iter().map(|name| schema(name)).collect();
            let one = (schemas.len() == 1).then(|| schemas.remove(0));
            let schema = one.unwrap_or_else(|| json!({ "anyOf": schemas }));
            (name.to_owned(), schema)
        })
        .collect();
    let features = json!({
        "type": "object",
        "description": "the features that were asked for, by the names they were asked by",
        "properties": properties,
        "minProperties": 1,
        "additionalProperties": false,
    });
    let mut failed = key_properties(keys.clone());
    failed.insert("error".to_owned(), schema("Failure"));
    let failed = json!({
        "description": "an entity that could not be read",
        "type": "object",
        "properties": failed,
        "required": ["error"],
        "additionalProperties": false,
    });
    let answer = entity(keys, "Features");
    [
        ("FailedEntity".to_owned(), failed),
        ("Features".to_owned(), features),
        ("OneAnswer".to_owned(), answer),
    ]
}

/// What the schema of a service's feature is called: its column's, or its own where it is computed.
fn feature_component(service: &ServiceDefinition, own: &ServiceFeature) -> String {
    match own.view_column() {
        Some(column) => component("view", [column.view().name()], column.column().name()),
        None => component("service", [service.name(), "computed"], own.name()),
    }
}

/// The schemas of a service's computed features, each under its name.
pub(super) fn computed(
    service: &'static ServiceDefinition,
) -> impl Iterator<Item = (String, Json)> {
    let features = service.features().iter();
    let computed = features.filter(|own| own.view_column().is_none());
    computed.map(|own| {
        let schema = feature(None, own.column(), own.description(), None);
        (feature_component(service, own), schema)
    })
}

/// The schemas about a service: its features and its answer.
pub(super) fn service(service: &'static ServiceDefinition) -> [(String, Json); 2] {
    let part = |part| component("service", [service.name()], part);
    let mut properties = Map::new();
    for own in service.features() {
        let default = own.default().map(|default| default.to_json());
        let schema = feature(own.view(), own.column(), own.description(), default);
        properties.insert(own.name().to_owned(), schema);
    }
    let required: Vec<&String> = properties.keys().collect();
    let features = json!({
        "type": "object",
        "description": service.description(),
        "required": required,
        "properties": properties,
        "additionalProperties": false,
    });
    let answer = entity(service.join_keys(), &part("features"));
    [(part("features"), features), (part("answer"), answer)]
}

/// The schemas of join keys, by their names.
fn key_properties<'a>(keys: impl IntoIterator<Item = (&'a str, Dtype)>) -> Map<String, Json> {
    let keys = keys.into_iter();
    keys.map(|(name, dtype)| (name.to_owned(), requests::key(dtype)))
        .collect()
}

/// The answer about one entity.
fn entity<'a>(keys: impl IntoIterator<Item = (&'a str, Dtype)>, features: &str) -> Json {
    let mut properties = key_properties(keys);
    properties.insert("features".to_owned(), schema(features));
    properties.insert(
        "metadata".to_owned(),
        json!({
            "type": "object",
            "description": "where `metadata` is true: what is known of each value",
            "additionalProperties": schema("Metadata"),
        }),
    );
    json!({
        "type": "object",
        "properties": properties,
        "required": ["features"],
        "additionalProperties": false,
    })
}

/// The answer to `POST /get-online-features`.
pub(super) fn online_features() -> Json {
    json!({ "oneOf": [schema("OneAnswer"), schema("ManyAnswers"), schema("FeastAnswer")] })
}

/// The schema of the answer about many entities.
fn many() -> (String, Json) {
    let item = json!({ "oneOf": [schema("OneAnswer"), schema("FailedEntity")] });
    let many = json!({
        "description": "one answer per entity, in the order asked for",
        "type": "object",
        "properties": { "results": { "type": "array", "items": item } },
        "required": ["results"],
        "additionalProperties": false,
    });
    ("ManyAnswers".to_owned(), many)
}

/// The schemas of the answer in the form that Feast clients speak.
fn feast() -> [(String, Json); 3] {
    let metadata = json!({
        "type": "object",
        "properties": {
            "feature_names": { "type": "array", "items": { "type": "string" } },
        },
        "required": ["feature_names"],
    });
    let result = json!({
        "type": "object",
        "properties": {
            "values": { "type": "array", "items": {} },
            "statuses": {
                "type": "array",
                "items": {
                    "type": "string",
                    "enum": ["PRESENT", "NULL_VALUE", "NOT_FOUND", "OUTSIDE_MAX_AGE"],
                },
            },
            "event_timestamps": {
                "type": "array",
                "items": { "type": "string", "format": "date-time" },
            },
        },
        "required": ["values", "statuses", "event_timestamps"],
    });
    let answer = json!({
        "description": "as Feast clients read it: a result per name, each with a value, a status and a time per entity",
        "type": "object",
        "properties": {
            "metadata": schema("FeastMetadata"),
            "results": { "type": "array", "items": schema("FeastResult") },
        },
        "required": ["metadata", "results"],
    });
    [
        ("FeastMetadata".to_owned(), metadata),
        ("FeastResult".to_owned(), result),
        ("FeastAnswer".to_owned(), answer),
    ]
}

/// The schema of a feature in an answer, null where there may be nothing.
fn feature(
    view: Option<&ViewDefinition>,
    column: &ColumnDefinition,
    description: &str,
    default: Option<Json>,
) -> Json {
    // Of a view there may be no value; what is computed is what its expression says.
    let may_lack = view.map_or_else(|| column.nullable(), |view| view.may_lack(column));
    let mut schema = told_schema(column, description, may_lack && default.is_none());
    let mut text = vec![description.to_owned()];
    text.extend(column.unit().map(|unit| format!("Unit: {unit}.")));
    let checks: Vec<String> = column.checks().iter().map(ToString::to_string).collect();
    if !checks.is_empty() {
        text.push(format!("Checked when materialized: {}.", checks.join(", ")));
    }
    let lacks = match view {
        None => None,
        Some(view) if view.windows().is_some() => {
            may_lack.then(|| "where its window holds nothing".to_owned())
        }
        Some(view) => {
            let expired = view.ttl_micros().map(format_duration);
            let expired = expired.map_or(String::new(), |ttl| format!(" or one older than {ttl}"));
            Some(format!("for an entity that has no row{expired}"))
        }
    };
    text.extend(
        view.is_none()
            .then(|| "Computed when it is asked for.".to_owned()),
    );
    text.extend(lacks.map(|when| match &default {
        None => format!("Null {when}."),
        Some(default) => format!("{default} {when}."),
    }));
    text.retain(|sentence| !sentence.is_empty());
    schema.insert("description".to_owned(), json!(text.join("\n\n")));
    if let Some(default) = default {
        schema.insert("default".to_owned(), default);
    }
    schema.insert("examples".to_owned(), json!([examples::of_column(column)]));
    schema.to_value()
}
