//! `schema`: JSON Schemas, which are JSON for people as well.

use serde_json::{Map, Value as Json, json};

use super::{CliError, Report, Target};
use crate::registry::{Registry, event_schema, row_schema, service_schema};

pub(super) fn schema(registry: &Registry, target: Option<Target>) -> Result<Report, CliError> {
    let json = match target {
        Some(Target::View(view)) => row_schema(view).to_value(),
        Some(Target::Service(service)) => service_schema(service).to_value(),
        None => {
            let views: Map<String, Json> = registry
                .views()
                .map(|view| (view.name().to_owned(), row_schema(view).to_value()))
                .collect();
            let services: Map<String, Json> = registry
                .services()
                .map(|service| {
                    (
                        service.name().to_owned(),
                        service_schema(service).to_value(),
                    )
                })
                .collect();
            let events: Map<String, Json> = registry
                .event_sources()
                .map(|events| (events.name().to_owned(), event_schema(events).to_value()))
                .collect();
            json!({ "views": views, "event_sources": events, "services": services })
        }
    };
    Report::json_only(&json)
}
