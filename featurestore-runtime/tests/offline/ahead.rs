//! Rows of the future: kept out of the online store and counted, wherever a clock judges them, and
//! no part of what a time in the past finds.

use std::time::Duration;

use featurestore::materialize::{Materialize, MaterializeError, MaterializeReport};
use featurestore::view::{Source, ViewDefinition};
use featurestore::{Clock, Dtype, FeatureStore};

use crate::definitions::{ViewSpec, service, text};
use crate::materialize::{activity, counts, online, only};
use crate::support::{Fixture, read, time, wait};

/// A day after the last right row.
const NOW: &str = "2026-05-10T12:00:00Z";

/// Of `a` a row of the future is the latest, `b` has no other, `c` none; one is as far ahead as it
/// may be, and one is nobody's.
const ROWS: &str = "('a', TIMESTAMP '2026-05-09', 1::BIGINT), ('a', '2099-01-01', 2), \
                    ('b', '2026-05-10 12:05:00.000001', 3), ('c', '2026-05-09', 4), \
                    ('c', '2026-05-10 12:05:00', 5), (NULL, '2099-01-02', 6)";

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.rows("activity", "user_id, event_timestamp, n", ROWS);
    fixture
}

/// The fixture's store at a time, which judges rows by that where `skew` is set.
fn store(fixture: &Fixture, now: &str, skew: Option<Duration>) -> FeatureStore {
    let mut store = FeatureStore::builder("test")
        .registry(featurestore::registry![])
        .online_store(fixture.online.clone())
        .data_root(fixture.path(""))
        .clock(Clock::fixed(time(now)));
    if let Some(skew) = skew {
        store = store.clock_skew(skew);
    }
    wait(store.open()).unwrap()
}

const FIVE_MINUTES: Option<Duration> = Some(Duration::from_secs(300));

fn run(
    fixture: &Fixture,
    now: &str,
    view: &'static ViewDefinition,
    set: impl FnOnce(Materialize) -> Materialize,
) -> MaterializeReport {
    let run = store(fixture, now, FIVE_MINUTES).materialize();
    wait(set(run.views([view])).run()).unwrap()
}

#[test]
fn rows_of_the_future_stay_out_and_are_counted_with_the_reason() {
    let fixture = fixture();
    let parquet = text(fixture.path("activity.parquet").display().to_string());
    fixture.file("activity.csv", &format!("SELECT * FROM '{parquet}'"));
    let sql = format!("SELECT * FROM '{parquet}' ORDER BY n");
    for source in [
        Source::Path("activity.parquet"),
        Source::Path("activity.csv"),
        Source::Sql(text(sql)),
    ] {
        fixture.online.memory.clear_rows();
        let view = ViewSpec {
            source,
            ..activity()
        }
        .leak();
        let report = run(&fixture, NOW, view, |run| run);
        let of = only(&report);
        assert_eq!((counts(of), of.ahead()), ([5, 2, 0, 3], 3), "{source}");
        let expected = [
            "test:user_id:a 05-09 00:00:00 1",
            "test:user_id:c 05-09 00:00:00 4",
        ];
        assert_eq!(online(&fixture, view), expected, "{source}");
        let mut said: Vec<String> = of.rejections().iter().map(ToString::to_string).collect();
        said.sort();
        let words = |key: &str, time: &str| {
            format!(
                "`event_timestamp` of {key}: the time {time} is ahead of the clock, which says {NOW}, \
                 by more than the 5m that it may be (`clock_skew`)"
            )
        };
        let expected = [
            words("a", "2099-01-01T00:00:00Z"),
            words("b", "2026-05-10T12:05:00.000001Z"),
            words("null", "2099-01-02T00:00:00Z"),
        ];
        assert_eq!(said, expected, "{source}");
        let freshness = wait(store(&fixture, NOW, None).freshness(view)).unwrap();
        assert_eq!(freshness.last_run(), Some((5, 3)));
    }
}

#[test]
fn all_of_many_rows_of_the_future_are_counted_and_quarantined() {
    let fixture = Fixture::new();
    let many = "SELECT 'u' || i AS user_id, TIMESTAMP '2026-05-09' + INTERVAL (i % 2 * 40) YEAR AS event_timestamp, \
                CAST(i AS BIGINT) AS n FROM range(40000) AS r(i)";
    fixture.file("activity.parquet", many);
    let view = activity().leak();
    let report = run(&fixture, NOW, view, |run| run);
    let of = only(&report);
    assert_eq!(counts(of), [40_000, 20_000, 0, 20_000]);
    assert_eq!(of.rejections().len(), 5);
    let path = fixture.path("rejected.parquet");
    let report = run(&fixture, NOW, view, |run| run.quarantine(&path));
    assert_eq!(only(&report).ahead(), 20_000);
    let table = read(&path);
    assert_eq!(table.rows.len(), 20_000);
    let first = &table.rows[0];
    assert_eq!(first[2], "2066-05-09T00:00:00+00");
    assert!(
        first[4].starts_with("theTtimeT2066-05-09T00:00:00ZTisTaheadTofTtheTclock"),
        "{first:?}"
    );
}

#[test]
fn a_row_of_the_future_is_counted_by_each_run_and_ends_no_view() {
    let fixture = fixture();
    let view = activity().leak();
    run(&fixture, NOW, view, |run| run);
    // By now two of them are not of the future any more.
    let later = "2026-05-13T12:00:00Z";
    let report = run(&fixture, later, view, Materialize::incremental);
    assert_eq!(
        (counts(only(&report)), only(&report).ahead()),
        ([4, 2, 0, 2], 2)
    );
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "('a', TIMESTAMP '2026-05-01', 1::BIGINT), ('a', '2099-01-01', 2)",
    );
    let report = run(
        &fixture,
        "2026-05-20T12:00:00Z",
        view,
        Materialize::incremental,
    );
    assert_eq!(
        (counts(only(&report)), only(&report).ahead()),
        ([1, 0, 0, 1], 1)
    );
    assert_eq!(
        only(&report).watermark(),
        Some(time("2026-05-20T12:00:00Z"))
    );
    // Of an interval that ends before now, later rows are none.
    let interval = |run: Materialize| run.from(time("2026-05-01T00:00:00Z"));
    let report = run_until(&fixture, view, interval);
    assert_eq!(counts(only(&report)), [1, 0, 1, 0]);
}

fn run_until(
    fixture: &Fixture,
    view: &'static ViewDefinition,
    set: impl FnOnce(Materialize) -> Materialize,
) -> MaterializeReport {
    let end = time("2026-05-20T12:00:00Z");
    run(fixture, "2026-05-21T00:00:00Z", view, |run| {
        set(run).until(end)
    })
}

#[test]
fn a_view_that_has_nothing_else_fails_and_so_does_a_strict_run() {
    let fixture = fixture();
    let view = activity().leak();
    let report = run(&fixture, NOW, view, Materialize::strict);
    let error = report.views()[0].error().unwrap();
    assert!(
        matches!(error, MaterializeError::Rejected { rejected: 3, .. }),
        "{error}"
    );
    assert!(
        error.to_string().contains("is ahead of the clock"),
        "{error}"
    );
    assert!(fixture.online.memory.rows().is_empty());
    let report = run(&fixture, "2026-01-01T00:00:00Z", view, |run| run);
    let error = report.views()[0].error().unwrap();
    assert!(
        matches!(error, MaterializeError::NothingValid { rejected: 6, .. }),
        "{error}"
    );
}

#[test]
fn a_time_that_was_chosen_for_the_clock_judges_no_source_unless_it_is_told_to() {
    let fixture = fixture();
    let view = activity().leak();
    let materialize = |skew| {
        let store = store(&fixture, NOW, skew);
        wait(store.materialize().views([view]).run()).unwrap()
    };
    assert_eq!(counts(only(&materialize(None))), [2, 2, 0, 0]);
    assert_eq!(counts(only(&materialize(FIVE_MINUTES))), [5, 2, 0, 3]);
    let far = Some(Duration::from_secs(100 * 365 * 86_400));
    assert_eq!(counts(only(&materialize(far))), [2, 2, 0, 0]);
}

#[test]
fn the_systems_clock_judges_sources() {
    let fixture = fixture();
    let store = FeatureStore::builder("test")
        .registry(featurestore::registry![])
        .online_store(fixture.online.clone())
        .data_root(fixture.path(""));
    let store = wait(store.open()).unwrap();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "('a', TIMESTAMP '2020-05-09', 1::BIGINT), ('a', '9999-01-01', 2)",
    );
    let report = wait(store.materialize().views([activity().leak()]).run()).unwrap();
    assert_eq!(
        (counts(only(&report)), only(&report).ahead()),
        ([2, 1, 0, 1], 1)
    );
}

#[test]
fn times_of_every_precision_are_judged_alike() {
    for kind in [
        "TIMESTAMP_S",
        "TIMESTAMP_MS",
        "TIMESTAMP",
        "TIMESTAMP_NS",
        "TIMESTAMPTZ",
        "DATE",
    ] {
        let fixture = Fixture::new();
        fixture.file(
            "activity.parquet",
            &format!(
                "SELECT user_id, event_timestamp::{kind} AS event_timestamp, n FROM (VALUES \
                 ('a', '2026-05-09 00:00:00', 1::BIGINT), ('b', '2026-05-11 00:00:00', 2), \
                 ('c', '2200-01-01 00:00:00', 3)) AS rows(user_id, event_timestamp, n)"
            ),
        );
        let report = run(&fixture, NOW, activity().leak(), |run| run);
        assert_eq!(counts(only(&report)), [3, 1, 0, 2], "{kind}");
    }
}

#[test]
fn what_a_training_set_finds_does_not_differ() {
    let fixture = fixture();
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('a', TIMESTAMP '2026-05-10'), ('b', '2026-05-10'), ('c', '2026-05-10')",
    );
    let table = fixture.join(service([ViewSpec::new("activity", &[("n", Dtype::I64)])]));
    assert_eq!(table.column("n"), "1 - 4");
}
