//! The schemas of answers.

use featurestore_schema::Dtype;
use serde_json::{Map, Value as Json, json};

use super::forms::Form;
use super::names::{component, schema};
use super::{examples, failures, requests};
use crate::http::visible::{Visible, VisibleView};
use crate::registry::told_schema;
use crate::service::ServiceDefinition;
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
    schemas.insert("Failure".to_owned(), failures::failure(None));
    schemas.insert("Feast".to_owned(), feast());
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
pub(super) fn columns(view: &VisibleView, index: usize) -> impl Iterator<Item = (String, Json)> {
    let view_definition = view.view;
    view.columns.iter().map(move |column| {
        let name = component("view", view_definition.name(), index, column.name());
        (
            name,
            feature(view_definition, column, column.description(), None),
        )
    })
}

/// The schemas about a form: its features and its answer.
pub(super) fn form(form: &Form) -> [(String, Json); 2] {
    let mut properties = Map::new();
    for feature in &form.features {
        for name in feature.name.into_iter().chain([feature.full_name.as_str()]) {
            properties.insert(name.to_owned(), schema(&feature.schema));
        }
    }
    let features = json!({
        "type": "object",
        "description": "the features that were asked for, by the names they were asked by",
        "properties": properties,
        "minProperties": 1,
        "additionalProperties": false,
    });
    let name = form.component("features");
    let keys = form.keys.iter().map(|(name, dtype)| (*name, *dtype));
    let title = format!("features by {}", form.title());
    let answer = entity(&title, keys, &name);
    [(name, features), (form.component("answer"), answer)]
}

/// The schemas about a service: its features and its answer.
pub(super) fn service(service: &'static ServiceDefinition, index: usize) -> [(String, Json); 2] {
    let part = |part| component("service", service.name(), index, part);
    let mut properties = Map::new();
    for own in service.features() {
        let default = own.default().map(|default| default.to_json());
        let schema = feature(own.view(), own.column(), own.description(), default);
        properties.insert(own.name().to_owned(), schema);
    }
    let required: Vec<&String> = properties.keys().collect();
    let features = json!({
        "type": "object",
        "title": service.name(),
        "description": service.description(),
        "required": required,
        "properties": properties,
        "additionalProperties": false,
    });
    let title = format!("service {}", service.name());
    let answer = entity(&title, service.join_keys(), &part("features"));
    [(part("features"), features), (part("answer"), answer)]
}

/// The answer about one entity.
fn entity<'a>(
    title: &str,
    keys: impl IntoIterator<Item = (&'a str, Dtype)>,
    features: &str,
) -> Json {
    let keys = keys.into_iter();
    let mut properties: Map<String, Json> = keys
        .map(|(name, dtype)| (name.to_owned(), requests::key(dtype)))
        .collect();
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
        "title": title,
        "type": "object",
        "properties": properties,
        "required": ["features"],
        "additionalProperties": false,
    })
}

/// The answer to `POST /get-online-features`.
pub(super) fn online_features(visible: &Visible, forms: &[Form]) -> Json {
    let services = visible.services.iter().enumerate();
    let services =
        services.map(|(index, service)| component("service", service.name(), index, "answer"));
    let forms = forms.iter().map(|form| form.component("answer"));
    let one: Vec<Json> = services.chain(forms).map(|name| schema(&name)).collect();
    let failed = json!({
        "title": "an entity that could not be read",
        "type": "object",
        "properties": { "error": schema("Failure") },
        "required": ["error"],
    });
    let mut items = one.clone();
    items.push(failed);
    let many = json!({
        "title": "many entities",
        "description": "one answer per entity, in the order asked for",
        "type": "object",
        "properties": { "results": { "type": "array", "items": { "anyOf": items } } },
        "required": ["results"],
        "additionalProperties": false,
    });
    let all: Vec<Json> = one.into_iter().chain([many, schema("Feast")]).collect();
    json!({ "anyOf": all })
}

/// The answer in the form that Feast clients speak.
fn feast() -> Json {
    let column = json!({
        "type": "object",
        "properties": {
            "values": { "type": "array" },
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
    json!({
        "title": "as Feast clients read it",
        "description": "a result per name, each with a value, a status and a time per entity",
        "type": "object",
        "properties": {
            "metadata": {
                "type": "object",
                "properties": {
                    "feature_names": { "type": "array", "items": { "type": "string" } },
                },
                "required": ["feature_names"],
            },
            "results": { "type": "array", "items": column },
        },
        "required": ["metadata", "results"],
    })
}

/// The schema of a feature in an answer, null where there may be nothing.
fn feature(
    view: &ViewDefinition,
    column: &ColumnDefinition,
    description: &str,
    default: Option<Json>,
) -> Json {
    let mut schema = told_schema(column, description, default.is_none());
    let mut text = vec![description.to_owned()];
    text.extend(column.unit().map(|unit| format!("Unit: {unit}.")));
    let checks: Vec<String> = column.checks().iter().map(ToString::to_string).collect();
    if !checks.is_empty() {
        text.push(format!("Checked when materialized: {}.", checks.join(", ")));
    }
    let expired = view.ttl_micros().map(format_duration);
    let expired = expired.map_or(String::new(), |ttl| format!(" or one older than {ttl}"));
    text.push(match &default {
        None => format!("Null for an entity that has no row{expired}."),
        Some(default) => format!("{default} for an entity that has no row{expired}."),
    });
    text.retain(|sentence| !sentence.is_empty());
    schema.insert("description".to_owned(), json!(text.join("\n\n")));
    if let Some(default) = default {
        schema.insert("default".to_owned(), default);
    }
    schema.insert("examples".to_owned(), json!([examples::of_column(column)]));
    schema.to_value()
}
