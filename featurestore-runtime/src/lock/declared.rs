//! What the declarations put into the file.

use std::collections::{BTreeMap, BTreeSet};

use featurestore_schema::format_micros;
use featurestore_schema::lock::{Lock, ServiceRecord, UsedColumn, ViewColumn, ViewRecord};

use crate::registry::Registry;
use crate::service::ServiceDefinition;
use crate::view::{Check, ColumnDefinition, ViewDefinition};

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
    let checked = view.columns().iter();
    for column in checked.filter(|column| !column.checks().is_empty()) {
        meaning.insert(format!("check:{}", column.name()), checks(column));
    }
    let keys = view.join_keys().iter();
    let layout = view.layout();
    let mut metadata = facts(vec![
        ("type", Some(view.type_path())),
        ("description", Some(view.description().to_owned())),
        ("owner", view.owner().map(str::to_owned)),
        ("tags", Some(view.tags().join(", "))),
        ("cadence", view.cadence().map(|cadence| cadence.to_string())),
    ]);
    // Which runs are refused, and of no row that was written whether it should have been.
    let shares = view.columns().iter();
    let shares = shares.filter_map(|column| Some((column.name(), column.mostly()?)));
    metadata.extend(shares.map(|(name, share)| (format!("mostly:{name}"), share.to_string())));
    ViewRecord {
        metadata,
        meaning,
        keys: keys
            .map(|key| (key.name().to_owned(), key.dtype()))
            .collect(),
        columns: view.columns().iter().map(view_column).collect(),
        layouts: [(layout.id(), layout.clone())].into(),
    }
}

/// `range 0..=100`: which of a column's rows come into the online store, in an order of its own, so
/// that another order of the texts is no change.
fn checks(column: &ColumnDefinition) -> String {
    let check = |check: &Check| match check {
        Check::OneOf(texts) => {
            let texts: BTreeSet<&str> = texts.iter().copied().collect();
            let quoted = |text: &&str| {
                if text.contains([',', '"']) {
                    format!("{text:?}")
                } else {
                    (*text).to_owned()
                }
            };
            let texts: Vec<String> = texts.iter().map(quoted).collect();
            format!("one of {}", texts.join(", "))
        }
        other => other.to_string(),
    };
    let checks: Vec<String> = column.checks().iter().map(check).collect();
    checks.join("; ")
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
    let features = service.features().iter().map(|feature| {
        let used = UsedColumn {
            view: feature.view().field().to_owned(),
            column: feature.column().name().to_owned(),
        };
        (feature.name().to_owned(), used)
    });
    ServiceRecord {
        features: features.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Dtype;
    use crate::view::{ColumnParts, Number, Source, ViewParts, plain};

    const fn column(name: &'static str, checks: &'static [Check]) -> ColumnDefinition {
        ColumnDefinition::new(ColumnParts {
            name,
            source_column: name,
            dtype: Dtype::String,
            description: "in words",
            unit: Some("titles"),
            checks,
            ..plain::COLUMN
        })
    }

    fn record(columns: Vec<ColumnDefinition>) -> String {
        let view = ViewDefinition::new(ViewParts {
            source: Source::Path("a.parquet"),
            columns: columns.leak(),
            ..plain::VIEW
        });
        view_record(&view).to_string()
    }

    #[test]
    fn a_check_is_one_line_of_the_meaning_and_the_share_that_softens_it_is_none() {
        let range = &[Check::Range {
            min: Some(Number::Int(0)),
            max: Some(Number::Float(1.5)),
            inclusive: true,
        }];
        let record = record(vec![
            column("spent", range).with_mostly(0.99),
            column("genre", &[Check::OneOf(&["b", "a, c", "a"])]),
            column("free", &[]),
        ]);
        let lines: Vec<&str> = record
            .lines()
            .filter(|line| line.contains("check") || line.contains("mostly"))
            .collect();
        assert_eq!(
            lines,
            [
                "meaning check:genre \"one of a, \\\"a, c\\\", b\"",
                "meaning check:spent \"range 0..=1.5\"",
                "metadata mostly:spent 0.99",
            ]
        );
        assert!(
            !record.contains("in words") && !record.contains("titles"),
            "{record}"
        );
    }

    #[test]
    fn another_order_of_the_texts_is_no_change() {
        assert_eq!(
            record(vec![column("genre", &[Check::OneOf(&["a", "b"])])]),
            record(vec![column("genre", &[Check::OneOf(&["b", "a", "a"])])])
        );
    }
}
