//! Rows that violate a check.

use featurestore::Dtype;
use featurestore::view::{Check, Number};

use crate::definitions::{ColumnSpec, ViewSpec};
use crate::materialize::{activity, counts, online, only, run};
use crate::support::Fixture;

const PERCENT: &[Check] = &[Check::Range {
    min: Some(Number::Int(0)),
    max: Some(Number::Int(100)),
    inclusive: true,
}];

fn checked(mostly: Option<f64>) -> ViewSpec {
    let percent = ColumnSpec {
        checks: PERCENT,
        mostly,
        ..ColumnSpec::nullable("percent", "pct", Dtype::F64)
    };
    let count = ColumnSpec {
        nullable: false,
        ..ColumnSpec::nullable("count", "count", Dtype::I32)
    };
    let kind = ColumnSpec::nullable("kind", "kind", Dtype::Enum(&["x", "y"]));
    ViewSpec {
        columns: vec![percent, count, kind],
        ..activity()
    }
}

fn checked_rows(fixture: &Fixture) {
    fixture.rows(
        "activity",
        "user_id, event_timestamp, pct, count, kind",
        "('a', TIMESTAMP '2026-05-01', 100.0::DOUBLE, 1, 'x'), ('b', '2026-05-01', 100.5, 2, 'x'), \
         ('c', '2026-05-01', 'nan', 3, 'x'), ('d', '2026-05-01', NULL, NULL, 'x'), \
         ('e', '2026-05-01', NULL, 5, 'z'), ('f', '2026-05-01', NULL, 6, NULL)",
    );
}

#[test]
fn rows_that_violate_a_check_are_kept_out_and_shown() {
    let fixture = Fixture::new();
    checked_rows(&fixture);
    let view = checked(None).leak();
    let report = run(&fixture, &[view]);
    assert_eq!(counts(only(&report)), [6, 2, 0, 4]);
    let mut rejections: Vec<String> = only(&report)
        .rejections()
        .iter()
        .map(ToString::to_string)
        .collect();
    rejections.sort();
    assert_eq!(
        rejections,
        [
            "`count` of d: the value is null, and the feature may not be; make it an `Option`",
            "`kind` of e: `z` is none of the variants x, y",
            "`pct` of b: the value 100.5 violates range 0..=100",
            "`pct` of c: the value NaN violates range 0..=100",
        ]
    );
    let expected = [
        "test:user_id:a 05-01 00:00:00 100.0 1 x",
        "test:user_id:f 05-01 00:00:00 - 6 -",
    ];
    assert_eq!(online(&fixture, view), expected);
}

#[test]
fn too_few_valid_rows_fail_the_view_before_it_writes() {
    let fixture = Fixture::new();
    checked_rows(&fixture);
    let enough = run(&fixture, &[checked(Some(4.0 / 6.0)).leak()]);
    assert_eq!(counts(only(&enough)), [6, 2, 0, 4]);
    fixture.online.memory.clear_rows();
    let view = checked(Some(0.99)).leak();
    let report = run(&fixture, &[view]);
    let error = report.views()[0].error().unwrap().to_string();
    for part in [
        "view `activity`: 4 of 6 rows have a valid `pct`",
        "mostly = 0.99",
        "violates range",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert!(online(&fixture, view).is_empty());
}

/// What the last run left on record: its end, rows, rejected rows.
fn outcome(fixture: &Fixture) -> String {
    let mut records = fixture.online.memory.records("test");
    records.remove("outcome/activity").unwrap_or_default()
}

#[test]
fn a_run_that_rejects_all_it_read_fails_and_moves_no_watermark() {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, pct, count, kind",
        "('b', TIMESTAMP '2026-05-01', 100.5::DOUBLE, 2, 'x'), ('e', '2026-05-01', NULL, 5, 'z')",
    );
    let view = checked(None).leak();
    let report = run(&fixture, &[view]);
    let error = report.views()[0].error().unwrap().to_string();
    assert!(
        error.starts_with("view `activity`: all 2 rows that were read are rejected"),
        "{error}"
    );
    assert_eq!(counts(&report.views()[0]), [2, 0, 0, 2]);
    assert_eq!(outcome(&fixture), "2026-06-01T00:00:00Z 2 2");
    let records = fixture.online.memory.records("test");
    assert!(!records.contains_key("watermark/activity"), "{records:?}");
    // A source without rows is none that is wrong.
    fixture.file(
        "activity.parquet",
        &format!(
            "SELECT * FROM '{}' WHERE false",
            fixture.path("activity.parquet").display()
        ),
    );
    assert_eq!(counts(only(&run(&fixture, &[view]))), [0; 4]);
}

#[test]
fn a_run_says_on_record_how_many_rows_it_rejected() {
    let fixture = Fixture::new();
    checked_rows(&fixture);
    only(&run(&fixture, &[checked(None).leak()]));
    assert_eq!(outcome(&fixture), "2026-06-01T00:00:00Z 6 4");
    let report = run(&fixture, &[checked(Some(0.99)).leak()]);
    assert!(report.views()[0].error().is_some());
    assert_eq!(outcome(&fixture), "2026-06-01T00:00:00Z 6 4");
}

#[test]
fn a_strict_run_writes_nothing_of_a_view_with_a_rejected_row() {
    let fixture = Fixture::new();
    checked_rows(&fixture);
    let view = checked(None).leak();
    let strict = || {
        let run = fixture.store.materialize().views([view]).strict().run();
        crate::support::wait(run).unwrap()
    };
    let report = strict();
    let error = report.views()[0].error().unwrap().to_string();
    assert!(
        error
            .starts_with("view `activity`: 4 of 6 rows are rejected, and a strict run allows none"),
        "{error}"
    );
    assert!(online(&fixture, view).is_empty());
    // A row of nobody is rejected as well.
    fixture.rows(
        "activity",
        "user_id, event_timestamp, pct, count, kind",
        "('a', TIMESTAMP '2026-05-01', 1.0::DOUBLE, 1, 'x'), (NULL, '2026-05-01', 2.0, 2, 'x')",
    );
    let error = strict().views()[0].error().unwrap().to_string();
    assert!(
        error.contains("1 of 2 rows are rejected") && error.contains("`user_id`"),
        "{error}"
    );
    fixture.rows(
        "activity",
        "user_id, event_timestamp, pct, count, kind",
        "('a', TIMESTAMP '2026-05-01', 1.0::DOUBLE, 1, 'x')",
    );
    assert_eq!(counts(only(&strict())), [1, 1, 0, 0]);
}
