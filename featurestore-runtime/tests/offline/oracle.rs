//! The join against a brute-force oracle: every candidate of every row is looked at, by the
//! words of the rules.

use featurestore::Dtype;
use featurestore::offline::Spine;
use featurestore::view::Source;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::definitions::{ColumnSpec, Slots, ViewSpec, text};
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
    rows: Vec<SourceRow>,
}

#[derive(Debug, Clone)]
struct Case {
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
        // Few rows have keys of their own, which DuckDB joins in another way.
        prop_oneof![
            prop::collection::vec(source_row(), 0..40),
            prop::collection::vec(source_row(), 0..4),
        ],
    )
        .prop_map(|(composite, created, ttl, settling, nanos, rows)| View {
            composite,
            created,
            ttl,
            settling,
            nanos,
            rows,
        })
}

fn case() -> impl Strategy<Value = Case> {
    (
        prop::collection::vec(view(), 1..=3),
        // Above 64 rows DuckDB joins in another way.
        prop_oneof![
            prop::collection::vec(([key(), key()], offset()), 0..20),
            prop::collection::vec(([key(), key()], offset()), 64..90),
        ],
    )
        .prop_map(|(views, spine)| Case { views, spine })
}

/// The value of a view for a spine row.
fn expected(view: &View, keys: [Option<u8>; 2], time: i64) -> Option<i64> {
    let wanted = if view.composite { 2 } else { 1 };
    let mut winner: Option<&SourceRow> = None;
    for row in &view.rows {
        let Some(event) = row.event else { continue };
        let event_nanos = view.nanos_of(event);
        let keys_equal =
            (0..wanted).all(|part| keys[part].is_some() && row.keys[part] == keys[part]);
        let known = event_nanos + view.settling * 1000 <= time * 1000;
        let fresh = view
            .ttl
            .is_none_or(|ttl| event_nanos >= (time - ttl) * 1000);
        if !(keys_equal && known && fresh) {
            continue;
        }
        let created = |row: &SourceRow| row.created.filter(|_| view.created);
        let beats = winner
            .is_none_or(|winner| (event, created(row)) >= (winner.event.unwrap(), created(winner)));
        if beats {
            winner = Some(row);
        }
    }
    winner.and_then(|row| row.value)
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

#[test]
fn every_join_equals_the_oracles() {
    let fixture = Fixture::new();
    let slots = Slots::new(3);
    let cases = std::env::var("FEATURESTORE_ORACLE_CASES")
        .ok()
        .and_then(|text| text.parse().ok());
    let config = Config {
        cases: cases.unwrap_or(300),
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&case(), |case| {
        let mut views = Vec::new();
        for (index, view) in case.views.iter().enumerate() {
            let name = text(format!("v{index}.parquet"));
            write_view(&fixture, name, view);
            let mut keys = vec![("a", Dtype::U8)];
            keys.extend(view.composite.then_some(("b", Dtype::U8)));
            let spec = ViewSpec::new(text(format!("v{index}")), &[]);
            let column = ColumnSpec::nullable(text(format!("v{index}")), "v", Dtype::I64);
            views.push(
                ViewSpec {
                    source: Source::Path(name),
                    keys,
                    columns: vec![column],
                    created: view.created.then_some("created"),
                    ttl: view.ttl,
                    settling: view.settling,
                    ..spec
                }
                .leak(),
            );
        }
        let spine: Vec<String> = case
            .spine
            .iter()
            .enumerate()
            .map(|(row, (keys, time))| {
                format!(
                    "({row}, {}, {}, make_timestamp({BASE} + {time}))",
                    sql(keys[0]),
                    sql(keys[1])
                )
            })
            .collect();
        let columns = "label BIGINT, a UTINYINT, b UTINYINT, event_timestamp TIMESTAMP";
        fixture.file("spine.parquet", &table(&spine, columns));
        let joined = fixture.join_on(slots.service(&views), Spine::parquet("spine.parquet"));
        prop_assert_eq!(joined.rows.len(), case.spine.len());
        for (row, (keys, time)) in case.spine.iter().enumerate() {
            prop_assert_eq!(&joined.rows[row][0], &row.to_string());
            for (index, view) in case.views.iter().enumerate() {
                let value = expected(view, *keys, *time);
                let value = value.map_or_else(|| "-".to_owned(), |value| value.to_string());
                prop_assert_eq!(
                    &joined.rows[row][4 + index],
                    &value,
                    "row {} of view {}",
                    row,
                    index
                );
            }
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
