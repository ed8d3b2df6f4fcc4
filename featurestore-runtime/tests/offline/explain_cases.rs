//! Random views and spines whose values tell which row they are of, to explain.

use featurestore::service::ServiceDefinition;
use featurestore::view::{Check, Number, Source, ViewDefinition};
use featurestore::{Dtype, Timestamp, Value};
use proptest::prelude::*;

use crate::definitions::{ColumnSpec, ViewSpec, text};
use crate::support::Fixture;

const BASE: i64 = 1_777_600_000_000_000;

/// Times that often are equal or one microsecond apart, in multiples of what TTL and settling are.
fn offset() -> impl Strategy<Value = i64> {
    (0..6_i64, -1..=1_i64).prop_map(|(steps, beside)| steps * 1_000_000 + beside)
}

fn key() -> impl Strategy<Value = Option<u8>> {
    prop_oneof![1 => Just(None), 6 => (0..3_u8).prop_map(Some)]
}

#[derive(Debug, Clone)]
struct SourceRow {
    keys: [Option<u8>; 2],
    event: Option<i64>,
    created: Option<i64>,
    value: Option<i64>,
}

#[derive(Debug, Clone)]
struct View {
    composite: bool,
    created: bool,
    ttl: Option<i64>,
    settling: i64,
    nanos: bool,
    nullable: bool,
    /// Whether its values are checked: three of four of a large case are below the bound.
    bounded: bool,
    rows: Vec<SourceRow>,
}

const BELOW_150: &[Check] = &[Check::Range {
    min: None,
    max: Some(Number::Int(150)),
    inclusive: false,
}];

#[derive(Debug, Clone)]
pub(crate) struct Case {
    views: Vec<View>,
    spine: Vec<([Option<u8>; 2], i64)>,
}

impl View {
    /// A nanosecond view's rows are beside the spine's times by one nanosecond, where those of
    /// other views are by one microsecond.
    fn nanos_of(&self, event: i64) -> i64 {
        let steps = (event + 1) / 1_000_000 * 1_000_000;
        if self.nanos {
            steps * 1000 + (event - steps)
        } else {
            event * 1000
        }
    }
}

fn source_row() -> impl Strategy<Value = SourceRow> {
    (
        [key(), key()],
        prop::option::weighted(0.9, offset()),
        prop::option::weighted(0.7, 0..3_i64),
        prop::option::weighted(0.8, 0..1000_i64),
    )
        .prop_map(|(keys, event, created, value)| SourceRow {
            keys,
            event,
            created,
            value,
        })
}

fn view() -> impl Strategy<Value = View> {
    (
        any::<bool>(),
        any::<bool>(),
        prop::option::of((1..4_i64).prop_map(|steps| steps * 1_000_000)),
        (0..2_i64).prop_map(|steps| steps * 1_000_000),
        any::<bool>(),
        any::<[bool; 2]>(),
        prop::collection::vec(source_row(), 0..40),
    )
        .prop_map(
            |(composite, created, ttl, settling, nanos, [nullable, bounded], rows)| View {
                composite,
                created,
                ttl,
                settling,
                nanos,
                nullable,
                bounded,
                rows,
            },
        )
}

/// One join of many rows, over views whose every row has a value of its own, or none.
pub(crate) fn large_case() -> impl Strategy<Value = Case> {
    let view = |composite, created, nanos| {
        let rows = prop::collection::vec(source_row(), 200);
        (view(), rows).prop_map(move |(view, mut rows)| {
            for (value, row) in (0..).zip(&mut rows) {
                row.value = row.value.map(|_| value);
            }
            View {
                composite,
                created,
                nanos,
                rows,
                ..view
            }
        })
    };
    let views = (
        view(false, true, false),
        view(true, true, true),
        view(true, false, false),
    );
    let spine = prop::collection::vec(([key(), key()], offset()), 200);
    (views, spine).prop_map(|((first, second, third), spine)| Case {
        views: vec![first, second, third],
        spine,
    })
}

impl Case {
    /// Writes the views' sources and declares them.
    pub(crate) fn leak(&self, fixture: &Fixture) -> Vec<&'static ViewDefinition> {
        let views = self.views.iter().enumerate();
        views
            .map(|(index, view)| {
                let name = text(format!("v{index}.parquet"));
                write_view(fixture, name, view);
                let mut keys = vec![("a", Dtype::U8)];
                keys.extend(view.composite.then_some(("b", Dtype::U8)));
                let spec = ViewSpec::new(text(format!("v{index}")), &[]);
                let column = ColumnSpec {
                    nullable: view.nullable,
                    checks: if view.bounded { BELOW_150 } else { &[] },
                    ..ColumnSpec::nullable(text(format!("v{index}")), "v", Dtype::I64)
                };
                ViewSpec {
                    source: Source::Path(name),
                    keys,
                    columns: vec![column],
                    created: view.created.then_some("created"),
                    ttl: view.ttl,
                    settling: view.settling,
                    ..spec
                }
                .leak()
            })
            .collect()
    }

    /// Writes `spine.parquet`: a label, the keys, the time.
    pub(crate) fn write_spine(&self, fixture: &Fixture) {
        let rows = self.spine.iter().enumerate().map(|(row, (keys, time))| {
            format!(
                "({row}, {}, {}, make_timestamp({BASE} + {time}))",
                sql(keys[0]),
                sql(keys[1])
            )
        });
        let rows: Vec<String> = rows.collect();
        let columns = "label BIGINT, a UTINYINT, b UTINYINT, event_timestamp TIMESTAMP";
        fixture.file("spine.parquet", &table(&rows, columns));
    }

    /// The key and the time of a spine row, where no join key of the service is null.
    pub(crate) fn asked(
        &self,
        row: usize,
        service: &ServiceDefinition,
    ) -> Option<(Vec<Value>, Timestamp)> {
        let (keys, time) = self.spine[row];
        let parts = service.join_keys();
        let value = |(name, _): &(&str, Dtype)| {
            let part = keys[usize::from(*name == "b")];
            part.map(|part| Value::UInt(part.into()))
        };
        let key = parts.iter().map(value).collect::<Option<_>>()?;
        Some((key, Timestamp::from_timestamp_micros(BASE + time)?))
    }
}

fn sql(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "NULL".to_owned(), |value| value.to_string())
}

fn write_view(fixture: &Fixture, name: &str, view: &View) {
    let event = |event: i64| {
        if view.nanos {
            format!(
                "make_timestamp_ns({} + {})",
                BASE * 1000,
                view.nanos_of(event)
            )
        } else {
            format!("make_timestamp({BASE} + {event})")
        }
    };
    let rows: Vec<String> = view
        .rows
        .iter()
        .map(|row| {
            format!(
                "({}, {}, {}, {}, {})",
                sql(row.keys[0]),
                sql(row.keys[1]),
                sql(row.event.map(event)),
                sql(row
                    .created
                    .map(|created| format!("make_timestamp({created})"))),
                sql(row.value)
            )
        })
        .collect();
    let time = if view.nanos {
        "TIMESTAMP_NS"
    } else {
        "TIMESTAMP"
    };
    let rows = table(
        &rows,
        &format!("a UTINYINT, b UTINYINT, event_timestamp {time}, created TIMESTAMP, v BIGINT"),
    );
    fixture.file(name, &rows);
}

/// A query for rows with typed columns, also where there are none.
fn table(rows: &[String], columns: &str) -> String {
    let (names, casts): (Vec<&str>, Vec<String>) = columns
        .split(", ")
        .filter_map(|column| column.split_once(' '))
        .map(|(name, dtype)| (name, format!("CAST({name} AS {dtype}) AS {name}")))
        .unzip();
    let nulls = vec!["NULL"; names.len()].join(", ");
    let values = if rows.is_empty() {
        format!("({nulls})")
    } else {
        rows.join(", ")
    };
    let none = if rows.is_empty() { " WHERE false" } else { "" };
    format!(
        "SELECT {} FROM (VALUES {values}) AS t({}){none}",
        casts.join(", "),
        names.join(", ")
    )
}
