//! `describe`: all that is declared of a view or a service.

use featurestore_schema::format_micros;

use super::declared::{default, dtype, keys_text, service_json, settling, view_json};
use super::output::or_dash;
use super::{CliError, Report, Target};
use crate::service::{ServiceDefinition, ServiceFeature};
use crate::view::{Check, ColumnDefinition, ViewDefinition};

pub(super) fn describe(target: Target) -> Result<Report, CliError> {
    match target {
        Target::View(view) => describe_view(view),
        Target::Service(service) => describe_service(service),
    }
}

fn describe_view(view: &ViewDefinition) -> Result<Report, CliError> {
    let keys = view.join_keys().iter().map(|key| (key.name(), key.dtype()));
    let column = |column: &ColumnDefinition| {
        let mut checks: Vec<String> = column.checks().iter().map(Check::to_string).collect();
        checks.extend(column.mostly().map(|share| format!("mostly {share}")));
        let renamed = Some(column.source_column()).filter(|source| *source != column.name());
        [
            column.name().to_owned(),
            dtype(column),
            or_dash(column.unit().map(str::to_owned)),
            or_dash(Some(checks.join("; "))),
            or_dash(default(column).map(|value| value.text().into_owned())),
            or_dash(renamed.map(str::to_owned)),
            or_dash(Some(one_line(column.description()))),
        ]
    };
    Ok(Report::new(&view_json(view))?
        .facts([
            ("view", Some(view.name().to_owned())),
            ("description", not_empty(view.description())),
            ("version", Some(view.version().to_string())),
            ("join keys", Some(keys_text(keys))),
            ("source", Some(view.source().to_string())),
            ("timestamp", Some(view.timestamp_column().to_owned())),
            ("created", view.created_column().map(str::to_owned)),
            ("cadence", view.cadence().map(|cadence| cadence.to_string())),
            ("ttl", view.ttl_micros().map(format_micros)),
            ("settling", settling(view)),
            ("owner", view.owner().map(str::to_owned)),
            ("tags", not_empty(&view.tags().join(", "))),
            ("declared at", Some(view.type_path())),
        ])
        .table(
            [
                "feature",
                "dtype",
                "unit",
                "checks",
                "default",
                "column",
                "description",
            ],
            view.columns().iter().map(column),
        ))
}

fn describe_service(service: &ServiceDefinition) -> Result<Report, CliError> {
    let feature = |feature: &ServiceFeature| {
        let from = feature.view_column().map_or_else(
            || "computed".to_owned(),
            |column| format!("{}:{}", column.view().name(), column.column().name()),
        );
        [
            feature.name().to_owned(),
            feature.column().dtype().to_string(),
            from,
            or_dash(feature.default().map(|value| value.text().into_owned())),
            or_dash(Some(one_line(feature.description()))),
        ]
    };
    let report = Report::new(&service_json(service))?
        .facts([
            ("service", Some(service.name().to_owned())),
            ("description", not_empty(service.description())),
            ("join keys", Some(keys_text(service.join_keys()))),
            ("owner", service.owner().map(str::to_owned)),
            ("tags", not_empty(&service.tags().join(", "))),
            ("declared at", Some(service.type_path())),
        ])
        .table(
            ["feature", "dtype", "from", "default", "description"],
            service.features().iter().map(feature),
        );
    if service.request().is_empty() {
        return Ok(report);
    }
    let input = |field: &&ColumnDefinition| {
        let checks: Vec<String> = field.checks().iter().map(Check::to_string).collect();
        [
            field.name().to_owned(),
            dtype(field),
            or_dash(field.unit().map(str::to_owned)),
            or_dash(not_empty(&checks.join("; "))),
            or_dash(default(field).map(|value| value.text().into_owned())),
            or_dash(Some(one_line(field.description()))),
        ]
    };
    Ok(report.table(
        [
            "request field",
            "dtype",
            "unit",
            "checks",
            "default",
            "description",
        ],
        service.request().iter().map(input),
    ))
}

fn not_empty(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
