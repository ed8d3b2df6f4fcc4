//! What the declarations put into the file.

use std::collections::{BTreeMap, BTreeSet};

use featurestore_schema::format_micros;
use featurestore_schema::lock::{Lock, ServiceRecord, UsedColumn, ViewColumn, ViewRecord};

use crate::registry::Registry;
use crate::service::ServiceDefinition;
use crate::view::{Check, ColumnDefinition, EventSourceDefinition, ViewDefinition, WindowFeatures};

/// The views, event sources and services as they are declared now.
fn declared(registry: &Registry) -> Lock {
    let views = registry
        .views()
        .map(|view| (view.field().to_owned(), view_record(view)));
    let event_sources = registry
        .event_sources()
        .map(|events| (events.name().to_owned(), event_source_record(events)));
    let services = registry
        .services()
        .map(|service| (service.name().to_owned(), service_record(service)));
    Lock {
        sources: BTreeMap::new(),
        event_sources: event_sources.collect(),
        views: views.collect(),
        services: services.collect(),
    }
}

/// The views, event sources and services as they are declared now, with the layouts that `before` has of them:
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

fn facts(facts: Vec<(&str, Option<String>)>) -> BTreeMap<String, String> {
    let given = facts.into_iter().filter_map(|(name, value)| {
        let value = value.filter(|value| !value.is_empty())?;
        Some((name.to_owned(), value))
    });
    given.collect()
}

/// What decides which rows of a source there are, and when they count.
fn rows_meaning(view: &ViewDefinition) -> BTreeMap<String, String> {
    let settling = Some(view.settling_micros()).filter(|micros| *micros != 0);
    facts(vec![
        ("source", Some(view.source().to_string())),
        ("timestamp", Some(view.timestamp_column().to_owned())),
        ("created", view.created_column().map(str::to_owned)),
        ("ttl", view.ttl_micros().map(format_micros)),
        ("settling", settling.map(format_micros)),
    ])
}

/// What each feature of windows is of its events; where these come from is recorded of their source.
fn windows_meaning(view: &ViewDefinition, windows: &WindowFeatures) -> BTreeMap<String, String> {
    let events = windows.events();
    let mut meaning = facts(vec![("events", Some(events.name().to_owned()))]);
    for (column, feature) in view.columns().iter().zip(windows.features()) {
        let mut words = String::new();
        // Text is written without fail.
        let _ = feature.describe(events, &mut words);
        meaning.insert(format!("feature:{}", column.name()), words);
    }
    meaning
}

fn view_record(view: &ViewDefinition) -> ViewRecord {
    let mut meaning = match view.windows() {
        Some(windows) => windows_meaning(view, windows),
        None => rows_meaning(view),
    };
    let renamed = |key: &&crate::view::JoinKey| key.source_column() != key.name();
    for key in view.join_keys().iter().filter(renamed) {
        meaning.insert(
            format!("key:{}", key.name()),
            key.source_column().to_owned(),
        );
    }
    meaning.extend(checks_meaning(view));
    let keys = view.join_keys().iter();
    let layout = view.layout();
    let mut metadata = metadata(view);
    if view.windows().is_some() {
        // As its event source has it.
        metadata.remove("cadence");
    }
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

fn checks_meaning(view: &ViewDefinition) -> impl Iterator<Item = (String, String)> {
    let checked = view.columns().iter();
    let checked = checked.filter(|column| !column.checks().is_empty());
    checked.map(|column| (format!("check:{}", column.name()), checks(column)))
}

/// What changes no row that was written.
fn metadata(view: &ViewDefinition) -> BTreeMap<String, String> {
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
    metadata
}

fn event_source_record(events: &EventSourceDefinition) -> ViewRecord {
    let rows = events.rows();
    let names = |indices: &[usize]| {
        let names = indices
            .iter()
            .filter_map(|index| events.columns().get(*index));
        names
            .map(ColumnDefinition::name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let deleted: Vec<usize> = events.deleted().into_iter().collect();
    let mut meaning = rows_meaning(rows);
    meaning.extend(facts(vec![
        ("id", Some(names(events.id()))),
        ("deleted", Some(names(&deleted))),
        ("lateness", Some(format_micros(events.lateness_micros()))),
    ]));
    meaning.extend(checks_meaning(rows));
    let mut metadata = metadata(rows);
    metadata.extend(facts(vec![
        ("push", events.is_pushed().then(|| "yes".to_owned())),
        ("retention", events.retention_micros().map(format_micros)),
    ]));
    ViewRecord {
        metadata,
        meaning,
        columns: rows.columns().iter().map(view_column).collect(),
        ..ViewRecord::default()
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
    let features = service.columns().iter().map(|own| {
        let used = UsedColumn {
            view: own.view().field().to_owned(),
            column: own.column().name().to_owned(),
        };
        (own.name().to_owned(), used)
    });
    let computed = service.features().iter();
    let computed = computed.filter(|own| own.view_column().is_none());
    ServiceRecord {
        features: features.collect(),
        request: service
            .request()
            .iter()
            .map(|own| view_column(own))
            .collect(),
        computed: computed.map(|own| view_column(own.column())).collect(),
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
    fn a_window_view_is_recorded_by_its_features_in_words_and_its_events_by_where_they_are() {
        use crate::view::definition::{EventSourceParts, WindowParts};
        use crate::view::windows::WindowFeature;
        use crate::view::{Comparison, Constant, Filter};
        use crate::windows::{Aggregate, Window};

        static COLUMNS: [ColumnDefinition; 2] = [
            column("amount", &[]),
            column("removed", &[Check::OneOf(&["a"])]).with_mostly(0.5),
        ];
        static ROWS: ViewDefinition = ViewDefinition::new(ViewParts {
            name: "payment",
            entity: &[],
            entity_order: &[],
            source: Source::Path("payments.parquet"),
            settling: 60_000_000,
            columns: &COLUMNS,
            ..plain::VIEW
        });
        static EVENTS: EventSourceDefinition = EventSourceDefinition::new(EventSourceParts {
            rows: &ROWS,
            timestamp: "paid_at",
            created: None,
            id: &[0],
            deleted: Some(1),
            lateness: 3_600_000_000,
            push: true,
            retention: Some(86_400_000_000),
        });
        static FILTER: Filter = Filter::Compare {
            column: 0,
            comparison: Comparison::Equal,
            constant: Constant::Text("a"),
        };
        let window = Window::new(Some(86_400_000_000), Some(3_600_000_000), 1).unwrap();
        let features = vec![WindowFeature {
            aggregate: Aggregate::Count,
            column: Some(1),
            filter: Some(&FILTER),
            window,
        }];
        let view = ViewDefinition::new(ViewParts {
            source: Source::Path("payments.parquet"),
            settling: 60_000_000,
            columns: vec![column("counted", &[])].leak(),
            windows: Some(WindowFeatures::new(WindowParts {
                events: || &EVENTS,
                keys: &[0],
                features: features.leak(),
            })),
            ..plain::VIEW
        });
        let meaning = |record: ViewRecord| {
            let lines = record.to_string();
            let lines = lines.lines().filter(|line| line.starts_with("me"));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(
            meaning(view_record(&view)),
            [
                "meaning events payment",
                "meaning feature:counted \"count(removed) window 1d resolution 1h delay 1us where amount == \\\"a\\\"\"",
                "metadata type tests::View",
            ]
        );
        assert_eq!(
            meaning(event_source_record(&EVENTS)),
            [
                "meaning check:removed \"one of a\"",
                "meaning deleted removed",
                "meaning id amount",
                "meaning lateness 1h",
                "meaning settling 1m",
                "meaning source payments.parquet",
                "meaning timestamp event_timestamp",
                "metadata mostly:removed 0.5",
                "metadata push yes",
                "metadata retention 1d",
                "metadata type tests::View",
            ]
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
