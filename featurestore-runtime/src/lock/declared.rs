//! What the declarations put into the file.

use std::collections::BTreeMap;

use featurestore_schema::format_micros;
use featurestore_schema::lock::{Lock, ServiceRecord, UsedColumn, ViewColumn, ViewRecord};

use crate::registry::Registry;
use crate::service::ServiceDefinition;
use crate::view::{ColumnDefinition, ViewDefinition};

/// The views and services as they are declared now.
fn declared(registry: &Registry) -> Lock {
    let views = registry
        .views()
        .map(|view| (view.field().to_owned(), view_record(view)));
    let services = registry
        .services()
        .map(|service| (service.name().to_owned(), service_record(service)));
    Lock {
        sources: BTreeMap::new(),
        views: views.collect(),
        services: services.collect(),
    }
}

/// The views and services as they are declared now, with the layouts that `before` has of them:
/// online stores may still hold rows in those.
pub(crate) fn accepted(registry: &Registry, before: &Lock) -> Lock {
    let mut lock = declared(registry);
    for (name, view) in &mut lock.views {
        let recorded = before.views.get(name).map(|view| view.layouts.clone());
        for (id, layout) in recorded.unwrap_or_default() {
            view.layouts.entry(id).or_insert(layout);
        }
    }
    lock
}

fn view_record(view: &ViewDefinition) -> ViewRecord {
    let facts = |facts: Vec<(&str, Option<String>)>| {
        let given = facts.into_iter().filter_map(|(name, value)| {
            let value = value.filter(|value| !value.is_empty())?;
            Some((name.to_owned(), value))
        });
        given.collect::<BTreeMap<_, _>>()
    };
    let duration = |micros: Option<i64>| micros.filter(|micros| *micros != 0).map(format_micros);
    let mut meaning = facts(vec![
        ("source", Some(view.source().to_string())),
        ("timestamp", Some(view.timestamp_column().to_owned())),
        ("created", view.created_column().map(str::to_owned)),
        ("ttl", view.ttl_micros().map(format_micros)),
        ("settling", duration(Some(view.settling_micros()))),
    ]);
    let renamed = |key: &&crate::view::JoinKey| key.source_column() != key.name();
    for key in view.join_keys().iter().filter(renamed) {
        meaning.insert(
            format!("key:{}", key.name()),
            key.source_column().to_owned(),
        );
    }
    let keys = view.join_keys().iter();
    let layout = view.layout();
    ViewRecord {
        metadata: facts(vec![
            ("type", Some(view.type_path())),
            ("description", Some(view.description().to_owned())),
            ("owner", view.owner().map(str::to_owned)),
            ("tags", Some(view.tags().join(", "))),
            ("cadence", duration(view.cadence_micros())),
        ]),
        meaning,
        keys: keys
            .map(|key| (key.name().to_owned(), key.dtype()))
            .collect(),
        columns: view.columns().iter().map(view_column).collect(),
        layouts: [(layout.id(), layout.clone())].into(),
    }
}

fn view_column(column: &ColumnDefinition) -> (String, ViewColumn) {
    let source = column.source_column();
    let record = ViewColumn {
        dtype: column.dtype(),
        nullable: column.nullable(),
        default: column.default().is_some(),
        source_column: (source != column.name()).then(|| source.to_owned()),
    };
    (column.name().to_owned(), record)
}

fn service_record(service: &ServiceDefinition) -> ServiceRecord {
    let features = service.features().iter().filter_map(|feature| {
        let used = UsedColumn {
            view: service.views().nth(feature.view())?.field().to_owned(),
            column: feature.definition(service)?.name().to_owned(),
        };
        Some((feature.name().to_owned(), used))
    });
    ServiceRecord {
        features: features.collect(),
    }
}
