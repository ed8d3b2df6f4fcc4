//! What is declared, as resources: `featurestore://services/NAME` and `featurestore://views/NAME`. Of a
//! view they show what the caller's services read, and not where it comes from.

use rmcp::model::{Resource, ResourceContents, ResourceTemplate};
use serde_json::{Value as Json, json};

use super::expose::{Columns, Granted};
use crate::service::{ServiceDefinition, ServiceFeature};
use crate::serving::declared::{self, column_json};
use crate::types::Value;
use crate::view::ViewDefinition;

const SERVICES: &str = "featurestore://services/";
const VIEWS: &str = "featurestore://views/";
const JSON: &str = "application/json";

/// The resources that a caller may read.
pub(super) fn list(granted: &Granted<'_>) -> Vec<Resource> {
    let resource = |uri: String, name: &str, description: &str| {
        let resource = Resource::new(uri, name).with_mime_type(JSON);
        if description.is_empty() {
            resource
        } else {
            resource.with_description(description)
        }
    };
    let services = granted.services().map(|service| {
        let uri = format!("{SERVICES}{}", service.name());
        resource(uri, service.name(), service.description())
    });
    let views = granted.views().into_iter().map(|(view, _)| {
        let uri = format!("{VIEWS}{}", view.name());
        resource(uri, view.name(), view.description())
    });
    services.chain(views).collect()
}

/// The forms of their addresses.
pub(super) fn templates() -> Vec<ResourceTemplate> {
    [
        (
            SERVICES,
            "service",
            "A feature service: its join keys, and its features with their meaning.",
        ),
        (
            VIEWS,
            "view",
            "A feature view: its join keys, how fresh it is kept, and its features.",
        ),
    ]
    .map(|(prefix, name, description)| {
        ResourceTemplate::new(format!("{prefix}{{name}}"), name)
            .with_description(description)
            .with_mime_type(JSON)
    })
    .into()
}

/// The resource at an address; nothing where the caller may read none there.
pub(super) fn read(granted: &Granted<'_>, uri: &str) -> Option<ResourceContents> {
    let json = if let Some(name) = uri.strip_prefix(SERVICES) {
        service_json(granted.tool(name)?.service())
    } else {
        let name = uri.strip_prefix(VIEWS)?;
        let views = granted.views().into_iter();
        let (view, columns) = views.into_iter().find(|(view, _)| view.name() == name)?;
        view_json(view, &columns)
    };
    let text = format!("{json:#}");
    Some(ResourceContents::text(text, uri).with_mime_type(JSON))
}

fn service_json(service: &'static ServiceDefinition) -> Json {
    let feature = |feature: &ServiceFeature| {
        let mut json = column_json(feature.column());
        json["name"] = json!(feature.name());
        json["description"] = json!(feature.description());
        json["view"] = json!(feature.view().map(ViewDefinition::name));
        json["default"] = json!(feature.default().as_ref().map(Value::to_json));
        json["nullable"] = json!(feature.may_be_null());
        json
    };
    let mut json = declared::service_json(service);
    json["request"] = service.request().iter().copied().map(column_json).collect();
    json["features"] = service.features().iter().map(feature).collect();
    json
}

fn view_json(view: &'static ViewDefinition, columns: &Columns) -> Json {
    let mut json = declared::view_json(view);
    json["features"] = columns.values().copied().map(column_json).collect();
    json
}
