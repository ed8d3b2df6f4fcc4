//! Materialization: which rows come online, which are kept out, and what a failure leaves.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use featurestore::codec::RowReader;
use featurestore::materialize::{MaterializeError, MaterializeReport, ViewReport};
use featurestore::online::Address;
use featurestore::view::ViewDefinition;
use featurestore::{Dtype, Value};

use crate::definitions::ViewSpec;
use crate::support::{Fixture, time, wait};

pub(crate) fn activity() -> ViewSpec {
    ViewSpec::new("activity", &[("n", Dtype::I64)])
}

pub(crate) fn run(fixture: &Fixture, views: &[&'static ViewDefinition]) -> MaterializeReport {
    wait(
        fixture
            .store
            .materialize()
            .views(views.iter().copied())
            .run(),
    )
    .unwrap()
}

pub(crate) fn only(report: &MaterializeReport) -> &ViewReport {
    if let Some(error) = report.views()[0].error() {
        panic!("{error}");
    }
    &report.views()[0]
}

/// The online rows: address, event time, values.
pub(crate) fn online(fixture: &Fixture, view: &'static ViewDefinition) -> Vec<String> {
    let rows = fixture.online.memory.rows();
    let row = |(address, field, bytes): &(Address, String, bytes::Bytes)| {
        if field != view.field() {
            return None;
        }
        let mut row = RowReader::new(bytes, view.layout()).unwrap();
        let time = row
            .header()
            .event_timestamp
            .format("%m-%d %H:%M:%S%.f")
            .to_string();
        let values: Vec<String> = view
            .columns()
            .iter()
            .enumerate()
            .map(|(index, column)| match row.value(index).unwrap() {
                Some(value) => value.text(column.dtype()).into_owned(),
                None => "-".to_owned(),
            })
            .collect();
        row.finish().unwrap();
        Some(format!("{address} {time} {}", values.join(" ")))
    };
    rows.iter().filter_map(row).collect()
}

pub(crate) fn counts(report: &ViewReport) -> [u64; 4] {
    [
        report.read(),
        report.written(),
        report.older(),
        report.rejected(),
    ]
}

#[test]
fn the_latest_row_per_entity_comes_online() {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, created, n",
        "('a', TIMESTAMP '2026-05-01', TIMESTAMP '2026-05-02', 1), \
         ('a', '2026-05-03', '2026-05-04', 3), ('a', '2026-05-03', NULL, 5), \
         ('a', '2026-05-03', '2026-05-03', 4), ('a', '2026-05-02', '2026-05-05', 2), \
         ('b', '2026-05-01', NULL, 6), ('b', '2026-05-01', NULL, NULL)",
    );
    let view = ViewSpec {
        created: Some("created"),
        ..activity()
    };
    let view = view.leak();
    let report = run(&fixture, &[view]);
    assert!(report.is_ok());
    assert_eq!(counts(only(&report)), [2, 2, 0, 0]);
    let expected = [
        "test:user_id:a 05-03 00:00:00 3",
        "test:user_id:b 05-01 00:00:00 -",
    ];
    assert_eq!(online(&fixture, view), expected);
    let again = run(&fixture, &[view]);
    assert_eq!(
        counts(only(&again)),
        [2, 2, 0, 0],
        "an equal row is written again"
    );
    assert_eq!(online(&fixture, view), expected);
}

#[test]
fn created_times_settle_ties_in_every_precision_and_over_every_range() {
    // Times as they are packed: in steps of one, of a thousand, of one nanosecond, and too far
    // apart for a number.
    for (dtype, events, createds) in [
        (
            "TIMESTAMP",
            ["2026-05-01 10:00:00", "2026-05-01 10:00:00.000001"],
            ["2026-05-02", "2026-05-02 00:00:00.000001"],
        ),
        (
            "TIMESTAMP_NS",
            ["1970-01-01 00:00:00", "2026-05-01 10:00:00.000001"],
            ["1677-10-01", "2261-05-02 00:00:00.000001"],
        ),
        (
            "TIMESTAMP_NS",
            ["2026-05-01 10:00:00", "2026-05-01 10:00:00.000001"],
            ["2026-05-02", "2026-05-02 00:00:00.000000001"],
        ),
        (
            "TIMESTAMP",
            ["0001-01-01 00:00:00", "2026-05-01 10:00:00.000001"],
            ["0001-01-01", "9999-12-31 23:59:59.999999"],
        ),
    ] {
        let fixture = Fixture::new();
        let (mut rows, mut expected) = (Vec::new(), BTreeMap::new());
        for n in 0_usize..300 {
            let (user, event) = (n * 7919 % 40, n * 31 / 5 % 2);
            // Some users have just one created time, and none.
            let created = (n * 17 / 3 % 3).checked_sub(1).map(|one| one.min(user % 2));
            let text = |time: &str| format!("CAST('{time}' AS {dtype})");
            let written = created.map_or_else(
                || format!("CAST(NULL AS {dtype})"),
                |created| text(createds[created]),
            );
            let time = text(events[event]);
            rows.push(format!("('{user:02}', {time}, {written}, {n})"));
            let latest = expected.entry(user).or_insert((event, created, n));
            *latest = (*latest).max((event, created, n));
        }
        fixture.rows(
            "activity",
            "user_id, event_timestamp, created, n",
            &rows.join(", "),
        );
        let view = ViewSpec {
            created: Some("created"),
            ..activity()
        };
        let view = view.leak();
        assert!(run(&fixture, &[view]).is_ok());
        let found = online(&fixture, view).into_iter();
        let found: Vec<String> = found
            .map(|row| row.rsplit_once(' ').unwrap().1.to_owned())
            .collect();
        let expected: Vec<String> = expected.values().map(|(_, _, n)| n.to_string()).collect();
        assert_eq!(found, expected, "{dtype} {events:?} {createds:?}");
    }
}

#[test]
fn rows_after_until_are_left_for_later_and_settling_counts() {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "('a', TIMESTAMP_NS '2026-05-01 10:00:00', 1), \
         ('a', TIMESTAMP_NS '2026-05-01 11:00:00.000000001', 2), \
         ('b', TIMESTAMP_NS '2026-07-01 00:00:00', 3)",
    );
    let view = ViewSpec {
        settling: 3_600_000_000,
        ..activity()
    };
    let view = view.leak();
    let until = |at: &str| {
        let run = fixture
            .store
            .materialize()
            .views([view])
            .until(time(at))
            .run();
        counts(only(&wait(run).unwrap()))
    };
    assert_eq!(until("2026-05-01T10:59:59Z"), [0, 0, 0, 0]);
    assert_eq!(until("2026-05-01T12:00:00Z"), [1, 1, 0, 0]);
    assert_eq!(online(&fixture, view), ["test:user_id:a 05-01 10:00:00 1"]);
    assert_eq!(
        counts(only(&run(&fixture, &[view]))),
        [1, 1, 0, 0],
        "the store's clock is 06-01"
    );
    assert_eq!(online(&fixture, view), ["test:user_id:a 05-01 11:00:00 2"]);
}

#[test]
fn rows_without_a_key_or_a_time_are_rejected_and_counted() {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, merchant_id, event_timestamp, n",
        "('1', '11', TIMESTAMP '2026-05-01', 1), ('11', '1', '2026-05-01', 2), \
         (NULL, '1', '2026-05-01', 3), (NULL, NULL, '2026-05-01', 4), \
         ('1', NULL, '2026-05-01', 5), ('2', '2', NULL, 6)",
    );
    let view = ViewSpec {
        keys: vec![("user_id", Dtype::String), ("merchant_id", Dtype::String)],
        ..activity()
    };
    let view = view.leak();
    let report = run(&fixture, &[view]);
    assert_eq!(counts(only(&report)), [6, 2, 0, 4]);
    let rejections: Vec<String> = only(&report)
        .rejections()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        rejections,
        [
            "`user_id` of null: it is null in 2 rows",
            "`merchant_id` of null: it is null in 1 rows",
            "`event_timestamp` of null: it is null in 1 rows",
        ]
    );
    let expected = [
        "test:merchant_id,user_id:1,11 05-01 00:00:00 2",
        "test:merchant_id,user_id:11,1 05-01 00:00:00 1",
    ];
    assert_eq!(online(&fixture, view), expected);
}

#[test]
fn a_failed_view_does_not_stop_the_others() {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "('a', TIMESTAMP '2026-05-01', 1)",
    );
    let (missing, view) = (
        ViewSpec::new("absent", &[("n", Dtype::I64)]).leak(),
        activity().leak(),
    );
    let report = run(&fixture, &[missing, view]);
    assert!(!report.is_ok());
    let failed: Vec<&str> = report.failed().map(ViewReport::view).collect();
    assert_eq!(failed, ["absent"]);
    assert!(matches!(
        report.views()[0].error(),
        Some(MaterializeError::Offline(_))
    ));
    assert_eq!(online(&fixture, view).len(), 1);
}

#[test]
fn many_rows_go_in_chunks_and_a_refusal_leaves_whole_rows() {
    let fixture = Fixture::new();
    let rows = "SELECT 'u' || (i % 130000) AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, \
                CAST(i AS BIGINT) AS n FROM range(260000) AS r(i)";
    fixture.file("activity.parquet", rows);
    let view = activity().leak();
    fixture.online.refuses_after.store(3, Ordering::SeqCst);
    let report = run(&fixture, &[view]);
    let failed = &report.views()[0];
    assert!(failed.error().unwrap().to_string().contains("it is full"));
    assert_eq!(failed.written(), 12_000);
    assert_eq!(online(&fixture, view).len(), 12_000);
    fixture.online.refuses_after.store(0, Ordering::SeqCst);
    fixture.online.chunks.lock().unwrap().clear();
    let report = run(&fixture, &[view]);
    assert_eq!(counts(only(&report)), [130_000, 130_000, 0, 0]);
    let chunks = fixture.online.chunks.lock().unwrap().clone();
    let (last, others) = chunks.split_last().unwrap();
    assert!(others.iter().all(|chunk| *chunk == 4000) && *last == 2000);
    let rows = online(&fixture, view);
    for row in &rows {
        let mut words = row.split(' ');
        let user: usize = words
            .next()
            .unwrap()
            .trim_start_matches("test:user_id:u")
            .parse()
            .unwrap();
        assert_eq!(
            words.next_back().unwrap(),
            (user + 130_000).to_string(),
            "the last of the source"
        );
    }
    assert_eq!(rows.len(), 130_000);
}

#[test]
fn what_is_materialized_reads_back_as_the_join_gives_it() {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, b, u, f, y, t, d, e",
        "(7::SMALLINT, TIMESTAMPTZ '2026-05-01 02:00:00+02', true, 200::UTINYINT, 0.1::FLOAT, \
          '\\x00\\xFF'::BLOB, TIMESTAMP '1969-12-31 23:59:59.999999', DATE '1960-02-29', 'y')",
    );
    let columns = [
        ("b", Dtype::Bool),
        ("u", Dtype::U64),
        ("f", Dtype::F32),
        ("y", Dtype::Bytes),
        ("t", Dtype::Timestamp),
        ("d", Dtype::Date),
        ("e", Dtype::Enum(&["x", "y"])),
    ];
    let view = ViewSpec {
        keys: vec![("user_id", Dtype::I64)],
        ..ViewSpec::new("activity", &columns)
    };
    let view = view.leak();
    assert_eq!(counts(only(&run(&fixture, &[view]))), [1, 1, 0, 0]);
    let expected =
        "test:user_id:7 05-01 00:00:00 true 200 0.1 00ff 1969-12-31T23:59:59.999999Z 1960-02-29 y";
    assert_eq!(online(&fixture, view), [expected]);
    assert_eq!(Value::F32(0.1).text(), "0.1");
}
