//! Declarations for programs, and the texts that tables show of them.

use featurestore_schema::{Dtype, format_micros};
use serde_json::{Value as Json, json};

use crate::service::{ServiceDefinition, ServiceFeature};
use crate::serving::declared;
use crate::types::Value;
use crate::view::{ColumnDefinition, EventSourceDefinition, ViewDefinition};

/// All that is declared of a view.
pub(super) fn view_json(view: &ViewDefinition) -> Json {
    let mut json = declared::view_json(view);
    json["events"] = json!(view.windows().map(|windows| windows.events().name()));
    json["source"] = json!(view.source().to_string());
    json["timestamp"] = json!(view.timestamp_column());
    json["created"] = json!(view.created_column());
    json["settling"] = json!(settling(view));
    json["features"] = view.columns().iter().map(column_json).collect();
    json["declared_at"] = json!(view.type_path());
    json
}

/// All that is declared of an event source.
pub(super) fn event_source_json(events: &EventSourceDefinition) -> Json {
    let rows = events.rows();
    json!({
        "name": rows.name(),
        "description": rows.description(),
        "owner": rows.owner(),
        "tags": rows.tags(),
        "source": rows.source().to_string(),
        "timestamp": events.timestamp(),
        "created": events.created(),
        "id": id_names(events),
        "deleted": events.deleted().and_then(|index| events.columns().get(index)).map(ColumnDefinition::name),
        "lateness": format_micros(events.lateness_micros()),
        "settling": settling(rows),
        "cadence": rows.cadence().map(|cadence| cadence.to_string()),
        "push": events.is_pushed(),
        "retention": events.retention_micros().map(format_micros),
        "columns": events.columns().iter().map(column_json).collect::<Vec<_>>(),
        "declared_at": rows.type_path(),
    })
}

/// The columns that tell two events of one time apart.
pub(super) fn id_names(events: &EventSourceDefinition) -> Vec<&'static str> {
    let columns = events
        .id()
        .iter()
        .filter_map(|index| events.columns().get(*index));
    columns.map(ColumnDefinition::name).collect()
}

/// All that is declared of a service.
pub(super) fn service_json(service: &ServiceDefinition) -> Json {
    let feature = |feature: &ServiceFeature| {
        json!({
            "name": feature.name(),
            "dtype": feature.column().dtype().to_string(),
            "nullable": feature.may_be_null(),
            "unit": feature.column().unit(),
            // Nothing of both where it is computed.
            "view": feature.view().map(ViewDefinition::name),
            "column": feature.view_column().map(|column| column.column().name()),
            "default": feature.default().as_ref().map(Value::to_json),
            "description": feature.description(),
        })
    };
    let mut json = declared::service_json(service);
    json["request"] = service.request().iter().copied().map(value_json).collect();
    json["features"] = service.features().iter().map(feature).collect();
    json["declared_at"] = json!(service.type_path());
    json
}

fn column_json(column: &ColumnDefinition) -> Json {
    let mut json = value_json(column);
    json["mostly"] = json!(column.mostly());
    json["source_column"] = json!(column.source_column());
    json
}

/// What is declared of values, wherever they come from.
fn value_json(column: &ColumnDefinition) -> Json {
    let mut json = declared::column_json(column);
    json["default"] = json!(default(column).as_ref().map(Value::to_json));
    json
}

/// A column's declared default.
pub(super) fn default(column: &ColumnDefinition) -> Option<Value> {
    column.default()?.value(column.dtype())
}

/// A column's dtype, with a `?` where it may be null.
pub(super) fn dtype(column: &ColumnDefinition) -> String {
    let mark = if column.nullable() { "?" } else { "" };
    format!("{}{mark}", column.dtype())
}

/// A view's settling time, where it has one.
pub(super) fn settling(view: &ViewDefinition) -> Option<String> {
    Some(view.settling_micros())
        .filter(|micros| *micros != 0)
        .map(format_micros)
}

/// Join keys as `user_id string, title_id i64`.
pub(super) fn keys_text(keys: impl IntoIterator<Item = (&'static str, Dtype)>) -> String {
    let keys: Vec<String> = keys
        .into_iter()
        .map(|(name, dtype)| format!("{name} {dtype}"))
        .collect();
    keys.join(", ")
}
