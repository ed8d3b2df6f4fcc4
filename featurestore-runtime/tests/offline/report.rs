//! What a report counts: found, null, expired and missing, and how old what was used is.

use std::time::Duration;

use featurestore::offline::{OfflineSettings, Search, Spine};
use featurestore::view::Source;
use featurestore::{Dtype, TrainingReport};

use crate::definitions::{ViewSpec, service};
use crate::heard::Heard;
use crate::rules::HOUR;
use crate::support::{Fixture, read, time, wait};

/// A fresh value, a fresh null, a row older than any TTL, one that is later, one of nobody.
fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "('fresh', TIMESTAMP '2026-05-01 11:30:00', 1), ('null', '2026-05-01 11:00:00', NULL), \
         ('null', '2026-05-01 08:00:00', 2), ('old', '2026-05-01 08:00:00', 3), \
         ('old', '2026-04-01 08:00:00', 4), ('later', '2026-05-01 12:00:00.000001', 5)",
    );
    let keys = ["fresh", "null", "old", "later", "nobody", "fresh"];
    let rows = keys.map(|key| format!("('{key}', TIMESTAMP '2026-05-01 12:00:00')"));
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        &format!(
            "{}, (NULL, TIMESTAMP '2026-05-01 12:00:00')",
            rows.join(", ")
        ),
    );
    fixture
}

fn over(name: &'static str, ttl: Option<i64>) -> ViewSpec {
    ViewSpec {
        source: Source::Path("activity.parquet"),
        columns: vec![crate::definitions::ColumnSpec::nullable(
            name,
            "n",
            Dtype::I64,
        )],
        ttl,
        ..ViewSpec::new(name, &[])
    }
}

/// Found, null, expired, missing of a feature.
fn counts(report: &TrainingReport, feature: &str) -> [u64; 4] {
    let found = report
        .features()
        .iter()
        .find(|found| found.name() == feature)
        .unwrap();
    assert_eq!(
        found.found() + found.null() + found.expired() + found.missing(),
        report.rows()
    );
    [
        found.found(),
        found.null(),
        found.expired(),
        found.missing(),
    ]
}

fn reports(fixture: &Fixture, views: &[ViewSpec]) -> [TrainingReport; 2] {
    [Search::Sorted, Search::Pairs].map(|search| {
        let store = fixture.open(OfflineSettings::new().search(search));
        let join = store.historical_by(service(views.to_vec()), Spine::path("spine.parquet"));
        wait(join.report()).unwrap()
    })
}

#[test]
fn what_is_expired_is_not_missing_where_every_view_has_a_ttl() {
    // Rows older than every TTL are read separately.
    for report in reports(
        &fixture(),
        &[over("hour", Some(HOUR)), over("two", Some(2 * HOUR))],
    ) {
        assert_eq!(counts(&report, "hour"), [2, 1, 1, 3]);
        assert_eq!(counts(&report, "two"), [2, 1, 1, 3]);
        let feature = &report.features()[0];
        assert_eq!(feature.oldest(), Some(time("2026-05-01T11:00:00Z")));
        assert_eq!(feature.newest(), Some(time("2026-05-01T11:30:00Z")));
        assert_eq!(feature.largest_age(), Some(Duration::from_secs(3600)));
    }
}

#[test]
fn what_is_expired_is_not_missing_where_one_view_has_no_ttl() {
    for report in reports(&fixture(), &[over("hour", Some(HOUR)), over("ever", None)]) {
        assert_eq!(counts(&report, "hour"), [2, 1, 1, 3]);
        assert_eq!(counts(&report, "ever"), [3, 1, 0, 3]);
        assert_eq!(
            report.features()[1].largest_age(),
            Some(Duration::from_secs(4 * 3600))
        );
    }
}

#[test]
fn what_only_expired_has_no_ages() {
    let view = over("moment", Some(1));
    for report in reports(&fixture(), &[view]) {
        assert_eq!(counts(&report, "moment"), [0, 0, 4, 3]);
        let feature = &report.features()[0];
        assert_eq!(
            (feature.oldest(), feature.newest(), feature.largest_age()),
            (None, None, None)
        );
    }
}

#[test]
fn the_same_report_comes_with_a_file_batches_and_alone() {
    let fixture = fixture();
    let join = || {
        fixture.store.historical_by(
            service([over("hour", Some(HOUR))]),
            Spine::path("spine.parquet"),
        )
    };
    let written = wait(join().to_parquet("train.out")).unwrap();
    let alone = wait(join().report()).unwrap();
    let streamed = wait(join().batches()).unwrap();
    assert_eq!(written.features(), alone.features());
    assert_eq!(written.features(), streamed.report().features());
    assert_eq!((written.rows(), alone.rows(), alone.path()), (7, 7, None));
}

/// Half a million rows of as many users, or of a few.
fn large(users: u32, mark: &str) -> Fixture {
    let fixture = Fixture::new();
    fixture.file(
        "activity.parquet",
        &format!(
            "SELECT 'u' || (i % {users}) AS user_id, TIMESTAMP '2026-05-01' + to_seconds(i % 1000) AS event_timestamp, \
             i AS {mark} FROM range(500000) AS r(i)"
        ),
    );
    fixture.file(
        "spine.parquet",
        &format!(
            "SELECT 'u' || (i % {users}) AS user_id, TIMESTAMP '2026-05-01 00:08:20' AS event_timestamp \
             FROM range(2000) AS r(i)"
        ),
    );
    fixture
}

#[test]
fn a_large_source_is_searched_by_pairs_where_keys_are_few_and_sorted_where_they_are_many() {
    for (users, mark, pairs) in [
        (400_000, "few_rows_per_key", true),
        (4, "many_rows_per_key", false),
    ] {
        let fixture = large(users, mark);
        let view = ViewSpec {
            source: Source::Path("activity.parquet"),
            ..ViewSpec::new("activity", &[(mark, Dtype::I64)])
        };
        let heard = Heard::of(mark);
        let [auto, sorted, by_pairs] =
            [Search::Auto, Search::Sorted, Search::Pairs].map(|search| {
                let store = fixture.open(OfflineSettings::new().search(search));
                let join =
                    store.historical_by(service([view.clone()]), Spine::path("spine.parquet"));
                let report = wait(join.to_parquet("train.out")).unwrap();
                let sorted = heard.take().iter().any(|line| line.contains("ASOF "));
                (read(report.path().unwrap()).column(mark), sorted)
            });
        assert_eq!(
            (auto.1, sorted.1, by_pairs.1),
            (!pairs, true, false),
            "{mark}"
        );
        assert_eq!(auto.0, sorted.0);
        assert_eq!(auto.0, by_pairs.0);
        assert!(auto.0.contains('4'), "{}", auto.0);
    }
}
