//! `list`: a line per feature, then a line per event source, then a line per service.

use featurestore_schema::format_micros;
use serde_json::json;

use super::declared::{dtype, event_source_json, id_names, service_json, view_json};
use super::output::or_dash;
use super::{CliError, Report};
use crate::registry::Registry;
use crate::service::{ServiceDefinition, ServiceFeature};
use crate::view::{ColumnDefinition, EventSourceDefinition, ViewDefinition};

pub(super) fn list(registry: &Registry) -> Result<Report, CliError> {
    let report = Report::new(&json!({
        "views": registry.views().map(view_json).collect::<Vec<_>>(),
        "event_sources": registry.event_sources().map(event_source_json).collect::<Vec<_>>(),
        "services": registry.services().map(service_json).collect::<Vec<_>>(),
    }))?;
    if registry.views().len() + registry.event_sources().len() == 0 {
        let text = "no views are declared; annotate a struct with #[feature_view(..)] in a crate \
                    that this program uses";
        return Ok(report.text(text));
    }
    let report = report.table(
        [
            "view", "entity", "feature", "dtype", "source", "cadence", "ttl", "owner",
        ],
        registry.views().flat_map(view_rows),
    );
    let report = if registry.event_sources().len() == 0 {
        report
    } else {
        report.table(
            [
                "event source",
                "id",
                "columns",
                "source",
                "lateness",
                "owner",
            ],
            registry.event_sources().map(event_source_row),
        )
    };
    if registry
        .services()
        .all(|service| service.request().is_empty())
    {
        return Ok(report.table(
            ["service", "entity", "features", "owner"],
            registry.services().map(service_row),
        ));
    }
    let asked = |service: &'static ServiceDefinition| {
        let names = service.request().iter().map(|field| field.name());
        let names = names.collect::<Vec<_>>().join(", ");
        let [name, keys, features, owner] = service_row(service);
        [name, keys, or_dash(Some(names)), features, owner]
    };
    Ok(report.table(
        ["service", "entity", "request", "features", "owner"],
        registry.services().map(asked),
    ))
}

fn view_rows(view: &'static ViewDefinition) -> impl Iterator<Item = [String; 8]> {
    view.columns().iter().map(|column| {
        [
            view.name().to_owned(),
            view.entity().to_owned(),
            column.name().to_owned(),
            dtype(column),
            // Windows are over events, which have their own line.
            match view.windows() {
                Some(windows) => format!("events {}", windows.events().name()),
                None => view.source().to_string(),
            },
            or_dash(view.cadence().map(|cadence| cadence.to_string())),
            or_dash(view.ttl_micros().map(format_micros)),
            or_dash(view.owner().map(str::to_owned)),
        ]
    })
}

fn event_source_row(events: &EventSourceDefinition) -> [String; 6] {
    let columns: Vec<&str> = events
        .columns()
        .iter()
        .map(ColumnDefinition::name)
        .collect();
    [
        events.name().to_owned(),
        id_names(events).join(", "),
        columns.join(", "),
        events.rows().source().to_string(),
        format_micros(events.lateness_micros()),
        or_dash(events.rows().owner().map(str::to_owned)),
    ]
}

fn service_row(service: &ServiceDefinition) -> [String; 4] {
    let keys: Vec<&str> = service.join_keys().iter().map(|(name, _)| *name).collect();
    let features = service.features().iter().map(ServiceFeature::name);
    [
        service.name().to_owned(),
        keys.join(","),
        features.collect::<Vec<_>>().join(", "),
        or_dash(service.owner().map(str::to_owned)),
    ]
}
