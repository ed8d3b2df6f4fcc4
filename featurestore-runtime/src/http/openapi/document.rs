//! The document: its paths and components.

use serde_json::{Map, Value as Json, json};

use super::failures::Kind;
use super::key_sets::KeySet;
use super::names::{component, schema, tell_apart};
use super::{answers, examples, requests};
use crate::http::exposition;
use crate::http::visible::Visible;
use crate::service::ServiceDefinition;
use crate::store::FeatureStore;

const ABOUT: &str = "Features of entities, read from the online store. A value that is missing is \
null, or its service's default. Every failure is `{\"error\": {\"code\": \"..\", \"message\": \
\"..\"}}`, in Feast's form a text with an exception of Feast's.";

/// The document of what a caller may read.
///
/// `limit` is how many entities a request may ask about.
pub(super) fn document(store: &FeatureStore, visible: &Visible, limit: usize) -> Json {
    let forms = KeySet::all(store, visible);
    let mut paths = Map::new();
    // Without a feature to read there is no body that could be answered.
    if !forms.is_empty() {
        paths.insert(
            "/get-online-features".to_owned(),
            online_features(visible, &forms),
        );
    }
    for service in &visible.services {
        paths.insert(path(service), json!({ "get": get_service(service) }));
    }
    for (name, operation) in operations() {
        paths.insert(name.to_owned(), json!({ "get": operation }));
    }
    let responses: Map<String, Json> = Kind::ALL.into_iter().flat_map(Kind::responses).collect();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("{}: features", store.project()),
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
        },
        // Beside the document, wherever the router is nested or a proxy puts it.
        "servers": [{ "url": "." }],
        // A server without tokens wants none.
        "security": [{ "token": [] }, {}],
        "tags": [
            { "name": "features", "description": "Features by name, or of a service" },
            { "name": "services", "description": "Services, an address each" },
            { "name": "operation", "description": "The process that answers" },
        ],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "a token that the server was given, where it was given any",
            } },
            "responses": responses,
            "schemas": schemas(visible, &forms, limit),
        },
    });
    tell_apart(&mut document);
    document
}

fn schemas(visible: &Visible, forms: &[KeySet], limit: usize) -> Map<String, Json> {
    let mut schemas = answers::shared();
    schemas.extend(Kind::ALL.into_iter().flat_map(Kind::schemas));
    schemas.extend(visible.views.iter().flat_map(answers::columns));
    schemas.extend(answers::one(visible, forms));
    schemas.extend(requests::feast(visible, forms, limit));
    for form in forms {
        schemas.insert(form.component("request"), requests::features(form, limit));
    }
    for service in &visible.services {
        schemas.extend(answers::service(service));
        schemas.extend(answers::computed(service));
        let name = component("service", [service.name()], "request");
        schemas.insert(name, requests::service(service, limit));
    }
    schemas
}

fn online_features(visible: &Visible, forms: &[KeySet]) -> Json {
    let services = visible.services.iter();
    let services = services.map(|service| component("service", [service.name()], "request"));
    let forms_of_names = forms.iter().map(|form| form.component("request"));
    let of_service = (!visible.services.is_empty()).then_some("FeastServiceRequest");
    let feast = ["FeastFeaturesRequest"].into_iter().chain(of_service);
    let names = services
        .chain(forms_of_names)
        .chain(feast.map(str::to_owned));
    let bodies: Vec<Json> = names.map(|name| schema(&name)).collect();
    let mut responses = Kind::Body.references();
    responses.insert(
        "200".to_owned(),
        json!({
            "description": "the features, of one entity or of each in a list",
            "content": { "application/json": { "schema": answers::online_features() } },
        }),
    );
    json!({ "post": {
        "operationId": "getOnlineFeatures",
        "tags": ["features"],
        "summary": "Features of one entity or of many",
        "description": "With one value per join key the answer is one object; with a list, one per entity. The same path speaks the form of Feast's clients, which have an object `entities`.",
        "requestBody": {
            "required": true,
            "content": { "application/json": {
                "schema": { "oneOf": bodies },
                "examples": requests::examples(visible, forms),
            } },
        },
        "responses": responses,
    } })
}

fn path(service: &ServiceDefinition) -> String {
    let encode = |byte: u8| match byte {
        byte if byte.is_ascii() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    format!(
        "/services/{}",
        service.name().bytes().map(encode).collect::<String>()
    )
}

fn get_service(service: &'static ServiceDefinition) -> Json {
    let mut parameters: Vec<Json> = service
        .join_keys()
        .into_iter()
        .map(|(name, dtype)| {
            json!({
                "name": name,
                "in": "query",
                "required": true,
                "schema": requests::key(dtype),
                "example": examples::of_dtype(dtype),
            })
        })
        .collect();
    let needed: Vec<&str> = requests::required(service).collect();
    parameters.extend(service.request().iter().map(|field| {
        json!({
            "name": field.name(),
            "in": "query",
            "required": needed.contains(&field.name()),
            "description": field.description(),
            "schema": requests::request_field(field),
            "example": examples::of_column(field),
        })
    }));
    parameters.push(json!({
        "name": "metadata",
        "in": "query",
        "schema": { "type": "boolean", "default": false },
        "description": "whether the answer says why a value is missing and how old it is",
    }));
    let mut features = Map::new();
    for feature in service.features() {
        let example = examples::of_column(feature.column());
        features.insert(feature.name().to_owned(), example);
    }
    let mut example = examples::keys(service.join_keys());
    example.insert("features".to_owned(), Json::Object(features));
    let answer = schema(&component("service", [service.name()], "answer"));
    let mut responses = Kind::Address.references();
    responses.insert(
        "200".to_owned(),
        json!({
            "description": "the service's features",
            "content": { "application/json": { "schema": answer, "example": example } },
        }),
    );
    let description = match service.owner() {
        Some(owner) => format!("{}\n\nOwner: {owner}.", service.description()),
        None => service.description().to_owned(),
    };
    json!({
        "operationId": component("getService", [], service.name()),
        "tags": ["services"],
        "summary": format!("Features of {}", service.name()),
        "description": description.trim(),
        "parameters": parameters,
        "responses": responses,
    })
}

/// What reads no features.
fn operations() -> [(&'static str, Json); 3] {
    let state = json!({ "application/json": { "schema": schema("State") } });
    let text = json!({ "schema": { "type": "string" } });
    let text = json!({ (exposition::TEXT): text, (exposition::OPEN_METRICS): text });
    let mut ready = operation(
        "ready",
        "Whether the online store answers and holds rows of the views",
        &state,
        Kind::Open,
    );
    ready["responses"]["503"] = json!({ "description": "it does not", "content": state });
    let mut health = operation("health", "Whether the process is alive", &state, Kind::Open);
    for open in [&mut health, &mut ready] {
        open["security"] = json!([]);
    }
    let metrics = operation(
        "metrics",
        "Counters, as Prometheus reads them",
        &text,
        Kind::Other,
    );
    [
        ("/health", health),
        ("/ready", ready),
        ("/metrics", metrics),
    ]
}

fn operation(id: &str, summary: &str, content: &Json, kind: Kind) -> Json {
    let mut responses = kind.references();
    let found = json!({ "description": summary, "content": content });
    responses.insert("200".to_owned(), found);
    json!({
        "operationId": id,
        "tags": ["operation"],
        "summary": summary,
        "responses": responses,
    })
}
