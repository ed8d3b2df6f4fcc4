//! `snapshot`: every known entity's features at a time, as a spine of all their keys gives them.

use std::time::Duration;

use featurestore::offline::Spine;
use featurestore::{Dtype, Timestamp};

use crate::definitions::{ViewSpec, service};
use crate::rules::HOUR;
use crate::support::{Fixture, Table, read, time, wait};

const NOON: &str = "2026-05-01T12:00:00Z";

/// Users of two views: `early` and `b` of both, `expired`, `late` only later, and a null.
fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, created, n",
        "('early', TIMESTAMP '2026-05-01 11:30:00', TIMESTAMP '2026-05-01 11:30:00', 1), \
         ('b', '2026-05-01 11:00:00', '2026-05-01 11:00:00', 2), \
         ('b', '2026-05-01 11:45:00', '2026-05-01 13:00:00', 3), \
         ('expired', '2026-05-01 09:00:00', NULL, 4), \
         ('late', '2026-05-01 12:00:00.000001', NULL, 5), \
         (NULL, '2026-05-01 11:00:00', NULL, 6), \
         ('corrected', '2026-05-01 11:00:00', '2026-05-01 14:00:00', 7), \
         ('timeless', NULL, NULL, 8), ('endless', TIMESTAMP 'infinity', NULL, 9)",
    );
    fixture.rows(
        "segment",
        "user_id, event_timestamp, segment",
        "('b', TIMESTAMP_NS '2026-05-01 12:00:00', 'x'), ('Other', '2026-05-01 10:00:00', 'y'), \
         ('nano', '2026-05-01 12:00:00.000000001', 'z')",
    );
    fixture
}

fn views() -> [ViewSpec; 2] {
    [
        ViewSpec {
            created: Some("created"),
            ttl: Some(HOUR),
            ..ViewSpec::new("activity", &[("n", Dtype::I64)])
        },
        ViewSpec::new("segment", &[("segment", Dtype::String)]),
    ]
}

fn snapshot(fixture: &Fixture, views: impl IntoIterator<Item = ViewSpec>) -> Table {
    let join = fixture.store.snapshot_by(service(views), time(NOON));
    let report =
        wait(join.to_parquet("snapshot.parquet")).unwrap_or_else(|error| panic!("{error}"));
    read(report.path().unwrap())
}

#[test]
fn every_entity_that_was_known_is_there_once_ordered_by_key_expired_ones_too() {
    let table = snapshot(&fixture(), views());
    assert_eq!(table.names, ["user_id", "event_timestamp", "n", "segment"]);
    assert_eq!(table.column("user_id"), "Other b corrected early expired");
    assert_eq!(table.column("n"), "- 3 7 1 -");
    assert_eq!(table.column("segment"), "y x - - -");
    for row in &table.rows {
        assert_eq!(row[1], "2026-05-01T12:00:00+00");
    }
}

#[test]
fn an_entity_with_several_rows_is_there_once_also_in_a_service_over_one_view() {
    let [activity, _] = views();
    let fixture = fixture();
    let table = snapshot(&fixture, [activity]);
    assert_eq!(table.column("user_id"), "b corrected early expired");
    assert_eq!(table.column("n"), "3 7 1 -");
    fixture.rows(
        "visits",
        "shop, user_id, event_timestamp, visits",
        "(7, 'b', TIMESTAMP '2026-05-01 10:00:00', 1), (7, 'b', '2026-05-01 11:00:00', 2), \
         (8, 'b', '2026-05-01 11:00:00', 3)",
    );
    let visits = ViewSpec {
        keys: vec![("shop", Dtype::I64), ("user_id", Dtype::String)],
        ..ViewSpec::new("visits", &[("visits", Dtype::I64)])
    };
    let [activity, segment] = views();
    let table = snapshot(&fixture, [visits, segment, activity]);
    assert_eq!(table.column("visits"), "2 3");
}

#[test]
fn a_snapshot_equals_the_training_set_over_a_spine_of_all_its_keys() {
    let fixture = fixture();
    let found = snapshot(&fixture, views());
    let keys = "SELECT DISTINCT user_id, TIMESTAMPTZ '2026-05-01 12:00:00+00' AS event_timestamp \
                FROM (SELECT user_id FROM activity UNION SELECT user_id FROM segment) WHERE user_id IS NOT NULL \
                ORDER BY user_id";
    let from = |name: &str| {
        format!(
            "read_parquet('{}')",
            fixture.path(&format!("{name}.parquet")).display()
        )
    };
    let keys = keys
        .replace("activity", &from("activity"))
        .replace("FROM segment", &format!("FROM {}", from("segment")));
    let joined = fixture.join_on(service(views()), Spine::sql(keys));
    assert_eq!(joined.names, found.names);
    let known =
        |row: &&Vec<String>| !["late", "timeless", "endless", "nano"].contains(&row[0].as_str());
    let known: Vec<_> = joined.rows.iter().filter(known).collect();
    assert_eq!(known, found.rows.iter().collect::<Vec<_>>());
    assert_eq!(joined.rows.len(), found.rows.len() + 4);
}

#[test]
fn entities_whose_rows_were_all_written_later_than_was_known_are_not_in_it() {
    let fixture = fixture();
    let join = fixture.store.snapshot_by(service(views()), time(NOON));
    let report = wait(join.known_at(time(NOON)).to_parquet("snapshot.parquet")).unwrap();
    let table = read(report.path().unwrap());
    assert_eq!(table.column("user_id"), "Other b early expired");
    assert_eq!(table.column("n"), "- 2 1 -");
}

#[test]
fn a_row_that_has_not_settled_makes_no_entity() {
    let [activity, _] = views();
    let settling = ViewSpec {
        settling: HOUR,
        ttl: None,
        created: None,
        ..activity
    };
    let table = snapshot(&fixture(), [settling]);
    assert_eq!(table.column("user_id"), "b corrected expired");
    assert_eq!(table.column("n"), "2 7 4");
}

#[test]
fn entities_of_views_without_all_join_keys_are_only_looked_up() {
    let fixture = fixture();
    fixture.rows(
        "visits",
        "shop, user_id, event_timestamp, visits",
        "(7, 'b', TIMESTAMP '2026-05-01', 1), (3, 'nobody', '2026-05-01', 2), (NULL, 'b', '2026-05-01', 3)",
    );
    let visits = ViewSpec {
        keys: vec![("shop", Dtype::I64), ("user_id", Dtype::String)],
        ..ViewSpec::new("visits", &[("visits", Dtype::I64)])
    };
    let [activity, segment] = views();
    let table = snapshot(&fixture, [segment, visits, activity]);
    assert_eq!(table.column("visits"), "1 2");
    assert_eq!(table.column("segment"), "x -");
    assert_eq!(table.column("n"), "3 -");
}

#[test]
fn a_service_whose_entities_no_view_knows_says_why() {
    let fixture = fixture();
    fixture.rows(
        "shop",
        "shop, event_timestamp, rating",
        "(7, TIMESTAMP '2026-05-01', 1)",
    );
    let shop = ViewSpec {
        keys: vec![("shop", Dtype::I64)],
        ..ViewSpec::new("shop", &[("rating", Dtype::I64)])
    };
    let [activity, _] = views();
    let join = fixture
        .store
        .snapshot_by(service([activity, shop]), time(NOON));
    let error = wait(join.to_parquet("snapshot.parquet"))
        .unwrap_err()
        .to_string();
    for part in [
        "no view of service `service` has all of its join keys (user_id, shop)",
        "ask for it with a spine that has them",
    ] {
        assert!(error.contains(part), "{error}\nlacks {part}");
    }
    assert!(!fixture.path("snapshot.parquet").exists());
}

#[test]
fn a_snapshot_before_any_row_is_empty() {
    let fixture = fixture();
    let join = fixture
        .store
        .snapshot_by(service(views()), time("1960-01-01T00:00:00Z"));
    let report = wait(join.to_parquet("snapshot.parquet")).unwrap();
    let table = read(report.path().unwrap());
    assert_eq!((report.rows(), table.names.len()), (0, 4));
}

#[test]
fn steps_give_what_snapshots_of_each_time_give_one_after_the_other() {
    let fixture = fixture();
    let views = |settling| {
        let [activity, segment] = views();
        [
            activity,
            ViewSpec {
                settling,
                ..segment
            },
        ]
    };
    for settling in [0, 1, HOUR] {
        let service = service(views(settling));
        let at = |step: i64| {
            let first = time("2026-05-01T09:00:00Z").timestamp_micros();
            let micros = first + step * 30 * 60_000_000;
            Timestamp::from_timestamp_micros(micros + i64::from(step % 2 == 1)).unwrap()
        };
        // Steps of an hour, on the hour and a microsecond after the half hours.
        for begin in [0, 1] {
            let every = Duration::from_secs(3600);
            let join = fixture
                .store
                .historical_over_by(service, every, at(begin)..at(begin + 12));
            let report = wait(join.to_parquet("steps.parquet")).unwrap();
            let steps = read(report.path().unwrap());
            let mut each = Vec::new();
            for step in (begin..begin + 12).step_by(2) {
                let join = fixture.store.snapshot_by(service, at(step));
                let report = wait(join.to_parquet("snapshot.parquet")).unwrap();
                let table = read(report.path().unwrap());
                assert_eq!(table.names, steps.names);
                each.extend(table.rows);
            }
            assert!(each.len() > 10, "{each:?}");
            assert_eq!(steps.rows, each, "{settling} {begin}");
        }
    }
}

#[test]
fn steps_without_a_time_or_a_length_are_refused() {
    let fixture = fixture();
    let (noon, later) = (time(NOON), time("2026-05-01T13:00:00Z"));
    for (every, times, expected) in [
        (Duration::from_secs(60), noon..noon, "later than the begin"),
        (Duration::from_secs(60), later..noon, "later than the begin"),
        (Duration::ZERO, noon..later, "whole microseconds"),
        (
            Duration::from_nanos(1500),
            noon..later,
            "whole microseconds",
        ),
    ] {
        let join = fixture
            .store
            .historical_over_by(service(views()), every, times);
        let error = wait(join.to_parquet("steps.parquet")).unwrap_err();
        let text = error.to_string();
        let begins = "service `service` is asked for at times that are none: ";
        assert!(
            text.starts_with(begins) && text.contains(expected),
            "{text}"
        );
    }
}
