//! What is declared, in JSON, as far as every way in shows it; each adds what only its callers may know.

use featurestore_schema::{Dtype, format_micros};
use serde_json::{Value as Json, json};

use crate::service::ServiceDefinition;
use crate::view::{Check, ColumnDefinition, ViewDefinition};

/// A view without its features.
pub(crate) fn view_json(view: &ViewDefinition) -> Json {
    let keys = view.join_keys().iter();
    json!({
        "name": view.name(),
        "version": view.version(),
        "description": view.description(),
        "owner": view.owner(),
        "tags": view.tags(),
        "join_keys": keys_json(keys.map(|key| (key.name(), key.dtype()))),
        "cadence": view.cadence().map(|cadence| cadence.to_string()),
        "ttl": view.ttl_micros().map(format_micros),
    })
}

/// A service without its features.
pub(crate) fn service_json(service: &ServiceDefinition) -> Json {
    json!({
        "name": service.name(),
        "description": service.description(),
        "owner": service.owner(),
        "tags": service.tags(),
        "join_keys": keys_json(service.join_keys().into_iter()),
    })
}

/// A column, wherever it comes from.
pub(crate) fn column_json(column: &ColumnDefinition) -> Json {
    let checks = column.checks().iter().map(Check::to_string);
    json!({
        "name": column.name(),
        "dtype": column.dtype().to_string(),
        "nullable": column.nullable(),
        "description": column.description(),
        "unit": column.unit(),
        "checks": checks.collect::<Vec<_>>(),
    })
}

fn keys_json(keys: impl Iterator<Item = (&'static str, Dtype)>) -> Json {
    keys.map(|(name, dtype)| json!({ "name": name, "dtype": dtype.to_string() }))
        .collect()
}
