//! Event sources of every kind, and rows of theirs that are none: what is read online is what training has.

use std::sync::{Arc, LazyLock};

use featurestore::offline::Spine;
use featurestore::testing::MemoryStore;
use featurestore::view::{Check, EventSourceDefinition, Number, Source, ViewDefinition};
use featurestore::{Status, Value};

use super::declared::{BEGIN, DECLARED, Declared, PLAIN, SECOND, UNIT, views};
use super::events::{Event, plain_event, write, write_as};
use super::turned::{Turned, compare};
use crate::definitions::Slots;
use crate::materialize::only;
use crate::support::{Fixture, wait};

type EventSource = LazyLock<EventSourceDefinition>;

fn payments() -> [Event; 4] {
    [
        plain_event(1, BEGIN, 1),
        plain_event(1, BEGIN + UNIT, 2),
        plain_event(2, BEGIN + UNIT, 3),
        plain_event(1, BEGIN + 4 * UNIT, 4),
    ]
}

fn short(events: fn() -> &'static EventSourceDefinition) -> [&'static ViewDefinition; 1] {
    [views(events)[0]]
}

fn of(read: &[(&'static str, String)], name: &str) -> String {
    let found = read.iter().find(|(found, _)| *found == name);
    found.unwrap().1.clone()
}

#[test]
fn an_event_source_that_is_as_declared_has_not_drifted_and_one_that_differs_is_told_by_its_name() {
    let fixture = Fixture::new();
    write(&fixture, &payments());
    let turned = Turned::new(&fixture, Arc::new(MemoryStore::new()));
    for view in views(|| &PLAIN) {
        assert_eq!(wait(turned.store.drift(view)).unwrap(), [""; 0]);
    }
    let other = "* EXCLUDE (gone) REPLACE (CAST(amount AS DOUBLE) AS amount)";
    write_as(&fixture, "payments.parquet", &payments(), other);
    let drift = wait(turned.store.drift(views(|| &PLAIN)[0])).unwrap();
    let [amount, gone] = &drift[..] else {
        panic!("{drift:?}");
    };
    assert!(amount.starts_with("FS0060: `amount` of "), "{amount}");
    assert!(
        amount.contains("`payment` is declared as decimal(12, 2), but"),
        "{amount}"
    );
    let expected = "no column `gone`";
    assert!(gone.contains(expected), "{gone}");
    assert!(gone.contains("event source `payment` needs it"), "{gone}");
    // Who reads it says the same.
    turned.turn(BEGIN + 9 * UNIT);
    let report = turned.full(&short(|| &PLAIN));
    let error = report.views()[0].error().map(ToString::to_string);
    assert_eq!(error, Some(drift.join("\n")));
}

#[test]
fn events_of_text_files_and_queries_are_materialized_and_verified() {
    static CSV: EventSource = LazyLock::new(|| {
        let source = Source::Path("payments.csv");
        Declared { source, ..DECLARED }.make()
    });
    static JSON: EventSource = LazyLock::new(|| {
        let source = Source::Path("payments.json");
        Declared { source, ..DECLARED }.make()
    });
    static SQL: EventSource = LazyLock::new(|| {
        let source = Source::Sql("SELECT * FROM 'payments.parquet' ORDER BY amount");
        Declared { source, ..DECLARED }.make()
    });
    let fixture = Fixture::new();
    let slots = Slots::new(2);
    for (file, source, views) in [
        ("payments.csv", &CSV, views(|| &CSV)),
        ("payments.json", &JSON, views(|| &JSON)),
        ("payments.parquet", &SQL, views(|| &SQL)),
    ] {
        let turned = Turned::new(&fixture, Arc::new(MemoryStore::new()));
        let service = slots.service(&views);
        let events = payments();
        write_as(&fixture, file, &events[..2], "*");
        turned.turn(BEGIN + 2 * UNIT);
        let report = turned.full(&views);
        assert!(report.is_ok(), "{file}: {report:?}");
        write_as(&fixture, file, &events, "*");
        let known = BEGIN + 5 * UNIT;
        turned.turn(known);
        let report = turned.incremental(&views);
        assert!(report.is_ok(), "{file}: {report:?}");
        for user in 0..3 {
            compare(&turned, service, (&events, source), user, known).unwrap();
        }
        turned.verify(&views);
    }
}

/// What is in the file beside right events: one that has no id.
fn without_id(id: i64) -> String {
    format!("* REPLACE (nullif(payment_id, {id}) AS payment_id)")
}

#[test]
fn a_row_that_was_rejected_long_ago_fails_no_run_of_an_interval_without_events() {
    let fixture = Fixture::new();
    let views = short(|| &PLAIN);
    let turned = Turned::new(&fixture, Arc::new(MemoryStore::new()));
    let day = 86_400 * SECOND;
    let mut events = payments().to_vec();
    events.push(plain_event(1, BEGIN - 100 * day, 9));
    write_as(&fixture, "payments.parquet", &events, &without_id(9));
    turned.turn(BEGIN + 5 * UNIT);
    let report = turned.full(&views);
    assert!(report.is_ok(), "{report:?}");
    assert_eq!(only(&report).rejected(), 1);
    // Nothing has happened for days.
    turned.turn(BEGIN + 10 * day);
    assert!(turned.incremental(&views).is_ok());
    turned.turn(BEGIN + 12 * day);
    let report = turned.incremental(&views);
    assert!(report.is_ok(), "{report:?}");
    assert_eq!((only(&report).read(), only(&report).rejected()), (0, 0));
    // One of the interval counts.
    events.push(plain_event(2, BEGIN + 12 * day - UNIT, 9));
    events.push(plain_event(1, BEGIN + 12 * day - UNIT, 10));
    write_as(&fixture, "payments.parquet", &events, &without_id(9));
    let report = turned.incremental(&views);
    assert!(report.is_ok(), "{report:?}");
    assert_eq!((only(&report).read(), only(&report).rejected()), (2, 1));
}

#[test]
fn nothing_is_made_of_an_event_source_whose_rows_are_all_rejected() {
    static POSITIVE: EventSource = LazyLock::new(|| {
        let checks = &[Check::Range {
            min: Some(Number::Int(0)),
            max: None,
            inclusive: true,
        }];
        Declared { checks, ..DECLARED }.make()
    });
    let fixture = Fixture::new();
    let slots = Slots::new(1);
    let views = short(|| &POSITIVE);
    let service = slots.service(&views);
    write_as(
        &fixture,
        "payments.parquet",
        &payments(),
        "* REPLACE (CAST(-1 - amount AS DECIMAL(12, 2)) AS amount)",
    );
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('1', TIMESTAMP '2026-05-20')",
    );
    let error = fixture.error(service, Spine::parquet("spine.parquet"));
    for part in [
        "view `short`: all 4 rows of event source `payment` are rejected",
        "`amount`",
        "-1",
    ] {
        assert!(error.contains(part), "{error}");
    }
    let snapshot = fixture
        .store
        .snapshot_by(service, fixture.store.clock().now());
    let error = wait(snapshot.report()).unwrap_err().to_string();
    assert!(error.contains("all 4 rows"), "{error}");
}

#[test]
fn an_empty_key_names_no_entity() {
    let fixture = Fixture::new();
    let slots = Slots::new(1);
    let views = short(|| &PLAIN);
    let service = slots.service(&views);
    let turned = Turned::new(&fixture, Arc::new(MemoryStore::new()));
    let nobody = "* REPLACE (replace(user_id, '2', '') AS user_id)";
    write_as(&fixture, "payments.parquet", &payments(), nobody);
    turned.turn(BEGIN + 5 * UNIT);
    let report = turned.full(&views);
    assert!(report.is_ok(), "{report:?}");
    assert_eq!(only(&report).rejected(), 1);
    let plan = turned.store.plan_service(service);
    let keys = [vec![Value::Str(String::new())]];
    let read = wait(turned.store.read_plan(&plan, &keys))
        .unwrap()
        .remove(0);
    let statuses = read.unwrap().into_iter().map(|value| value.status);
    assert!(statuses.into_iter().all(|status| status == Status::Missing));
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('', TIMESTAMP '2026-05-20'), ('1', '2026-05-20')",
    );
    let table = fixture.join(service);
    assert_eq!(table.column("events_a"), "- 0");
    let time = turned.store.clock().now();
    let explained = wait(
        turned
            .store
            .explain_by(service, vec![Value::Str(String::new())], time)
            .into_future(),
    );
    let explained = explained.unwrap();
    assert_eq!(explained.views()[0].status(), Status::Missing);
}

#[test]
fn events_are_compared_in_whole_microseconds_wherever_they_are_counted() {
    let fixture = Fixture::new();
    let slots = Slots::new(1);
    let views = short(|| &PLAIN);
    let service = slots.service(&views);
    let turned = Turned::new(&fixture, Arc::new(MemoryStore::new()));
    let time = BEGIN + 5 * UNIT;
    // The second is half a microsecond after the first.
    let finer = "* REPLACE (make_timestamp_ns(epoch_us(paid_at) * 1000 + CASE payment_id WHEN 2 THEN 500 ELSE 0 END) AS paid_at)";
    let events = [plain_event(1, time, 1), plain_event(1, time, 2)];
    write_as(&fixture, "payments.parquet", &events, finer);
    turned.turn(time);
    assert!(turned.full(&views).is_ok());
    let read = turned.read(service, 1).unwrap();
    fixture.file(
        "spine.parquet",
        &format!(
            "SELECT '1' AS user_id, make_timestamp_ns({time} * 1000 + n) AS event_timestamp \
             FROM (VALUES (0), (200), (999), (1000)) AS rows(n)"
        ),
    );
    let table = fixture.join(service);
    assert_eq!(table.column("events_a"), "2 2 2 2");
    for name in ["events_a", "sum_a", "last_a", "events_b"] {
        let first = table.column(name);
        let first = first.split(' ').next().unwrap();
        assert_eq!(of(&read, name), first, "{name}");
    }
    turned.verify(&views);
    // What is before a row's time is of no part of its microsecond.
    let before = fixture.join_on(service, Spine::parquet("spine.parquet").before());
    assert_eq!(before.column("events_a"), "0 0 0 2");
}
