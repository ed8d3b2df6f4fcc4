//! The rules of the point-in-time join, one test each.

use featurestore::{Dtype, Value};

use crate::definitions::{DefaultOf, Slots, ViewSpec, service};
use crate::support::Fixture;

pub(crate) const HOUR: i64 = 3_600_000_000;

pub(crate) fn activity() -> ViewSpec {
    ViewSpec::new("activity", &[("n", Dtype::I64)])
}

/// Joins `rows` of (user_id, event_timestamp, n) onto `spine` of (user_id, event_timestamp).
pub(crate) fn joined(view: ViewSpec, rows: &str, spine: &str) -> String {
    let fixture = Fixture::new();
    let columns = if view.created.is_some() {
        "user_id, event_timestamp, created, n"
    } else {
        "user_id, event_timestamp, n"
    };
    fixture.rows("activity", columns, rows);
    fixture.rows("spine", "user_id, event_timestamp", spine);
    fixture.join(service([view])).column("n")
}

#[test]
fn the_latest_row_at_or_before_the_time_wins() {
    let rows = "('a', TIMESTAMP '2026-05-01 10:00:00', 1), ('a', '2026-05-01 12:00:00', 3), \
                ('a', '2026-05-01 11:00:00', 2), ('b', '2026-05-01 10:30:00', 9)";
    let spine = "('a', TIMESTAMP '2026-05-01 09:59:59.999999'), ('a', '2026-05-01 10:00:00'), \
                 ('a', '2026-05-01 11:59:59.999999'), ('a', '2027-01-01'), ('b', '2027-01-01'), \
                 ('c', '2027-01-01')";
    assert_eq!(joined(activity(), rows, spine), "- 1 2 3 9 -");
}

#[test]
fn both_bounds_are_inclusive() {
    let view = ViewSpec {
        ttl: Some(HOUR),
        ..activity()
    };
    let spine = "('a', TIMESTAMP '2026-05-01 09:59:59.999999'), ('a', '2026-05-01 10:00:00'), \
                 ('a', '2026-05-01 11:00:00'), ('a', '2026-05-01 11:00:00.000001')";
    let rows = "('a', TIMESTAMP '2026-05-01 10:00:00', 1)";
    assert_eq!(joined(view, rows, spine), "- 1 1 -");
}

#[test]
fn an_expired_winner_gives_way_to_no_older_row() {
    let view = ViewSpec {
        ttl: Some(HOUR),
        ..activity()
    };
    let rows = "('a', TIMESTAMP '2026-05-01 10:00:00', 1), ('a', '2026-05-01 09:00:00', 2)";
    let spine = "('a', TIMESTAMP '2026-05-01 11:30:00'), ('a', '2026-05-01 09:59:00')";
    assert_eq!(joined(view, rows, spine), "- 2");
}

#[test]
fn a_row_is_known_once_it_has_settled() {
    let view = ViewSpec {
        settling: HOUR,
        ttl: Some(2 * HOUR),
        ..activity()
    };
    let rows = "('a', TIMESTAMP '2026-05-01 10:00:00', 1)";
    let spine = "('a', TIMESTAMP '2026-05-01 10:59:59.999999'), ('a', '2026-05-01 11:00:00'), \
                 ('a', '2026-05-01 12:00:00'), ('a', '2026-05-01 12:00:00.000001')";
    assert_eq!(joined(view, rows, spine), "- 1 1 -");
}

#[test]
fn the_winners_nulls_stay_null() {
    let rows = "('a', TIMESTAMP '2026-05-01 10:00:00', 1), ('a', '2026-05-01 11:00:00', NULL)";
    assert_eq!(
        joined(activity(), rows, "('a', TIMESTAMP '2026-05-01 12:00:00')"),
        "-"
    );
}

#[test]
fn duplicate_spine_rows_stay_in_order_with_their_labels() {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "('a', TIMESTAMP '2026-05-01', 1), ('b', '2026-05-01', 2)",
    );
    fixture.rows(
        "spine",
        "label, event_timestamp, \"odd \"\"name\", user_id, k0, t, s",
        "(3, TIMESTAMP '2026-05-02', 'x', 'b', 1, 2, 3), (1, '2026-05-02', 'y', 'a', 4, 5, 6), \
         (3, '2026-05-02', 'x', 'b', 1, 2, 3), (NULL, '2026-05-01', NULL, 'a', NULL, NULL, 7)",
    );
    let table = fixture.join(service([activity()]));
    let names = [
        "label",
        "event_timestamp",
        "odd \"name",
        "user_id",
        "k0",
        "t",
        "s",
        "n",
    ];
    assert_eq!(table.names, names);
    assert_eq!(table.column("label"), "3 1 3 -");
    assert_eq!(table.column("odd \"name"), "x y x -");
    assert_eq!(table.column("s"), "3 6 3 7");
    assert_eq!(table.column("n"), "2 1 2 1");
}

#[test]
fn features_have_their_declared_dtypes_and_enums_are_text() {
    let fixture = Fixture::new();
    let source = "SELECT 'a' AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, \
                  true AS b, 1::TINYINT AS i8, 2::TINYINT AS i16, 3::UTINYINT AS i32, \
                  4::INTEGER AS i64, 5::UTINYINT AS u16, 6::UINTEGER AS u64, 1.5::FLOAT AS f32, \
                  2.5::FLOAT AS f64, 'x' AS s, '\\x00\\xFF'::BLOB AS y, DATE '2026-05-01' AS t, \
                  DATE '2026-05-02' AS d, 'casual'::ENUM('casual', 'power') AS e";
    fixture.file("activity.parquet", source);
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('a', TIMESTAMP '2026-05-02')",
    );
    let columns = [
        ("b", Dtype::Bool),
        ("i8", Dtype::I8),
        ("i16", Dtype::I16),
        ("i32", Dtype::I32),
        ("i64", Dtype::I64),
        ("u16", Dtype::U16),
        ("u64", Dtype::U64),
        ("f32", Dtype::F32),
        ("f64", Dtype::F64),
        ("s", Dtype::String),
        ("y", Dtype::Bytes),
        ("t", Dtype::Timestamp),
        ("d", Dtype::Date),
        ("e", Dtype::Enum(&["casual", "power"])),
    ];
    let table = fixture.join(service([ViewSpec::new("activity", &columns)]));
    let values = "true 1 2 3 4 5 6 1.5 2.5 x \\x00\\xFF 2026-05-01T00:00:00+00 2026-05-02 casual";
    assert_eq!(table.rows[0][2..].join(" "), values);
    let path = fixture.path("train.out");
    let types = crate::support::types(&path);
    let expected = "BOOLEAN TINYINT SMALLINT INTEGER BIGINT USMALLINT UBIGINT FLOAT DOUBLE \
                    VARCHAR BLOB TIMESTAMP WITH TIME ZONE DATE VARCHAR";
    assert_eq!(types[2..].join(" "), expected);
}

#[test]
fn a_services_default_stands_wherever_there_is_no_value() {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n, genre",
        "('a', TIMESTAMP '2026-05-01', 1, 'drama'), ('b', '2026-05-01', NULL, NULL), \
         ('c', '2026-04-01', 3, 'crime')",
    );
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('a', TIMESTAMP '2026-05-01'), ('b', '2026-05-01'), ('c', '2026-05-01'), ('d', '2026-05-01')",
    );
    let view = ViewSpec {
        ttl: Some(HOUR),
        ..ViewSpec::new(
            "activity",
            &[
                ("n", Dtype::I32),
                ("genre", Dtype::Enum(&["drama", "crime", "it's"])),
            ],
        )
    };
    let defaults: [DefaultOf; 2] = [
        ("n", || Value::Int(-1)),
        ("genre", || Value::Str("it's".to_owned())),
    ];
    let slots = Slots::new(1);
    let service = slots.with_defaults(&[view.leak()], &defaults);
    let table = fixture.join(service);
    assert_eq!(table.column("n"), "1 -1 -1 -1");
    assert_eq!(table.column("genre"), "drama it's it's it's");
}
