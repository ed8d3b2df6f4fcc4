//! The rules of the point-in-time join, one test each.

use featurestore::offline::Spine;
use featurestore::{Dtype, Value};

use crate::definitions::{DefaultOf, Slots, ViewSpec, service};
use crate::support::Fixture;

const HOUR: i64 = 3_600_000_000;

fn activity() -> ViewSpec {
    ViewSpec::new("activity", &[("n", Dtype::I64)])
}

/// Joins `rows` of (user_id, event_timestamp, n) onto `spine` of (user_id, event_timestamp).
fn joined(view: ViewSpec, rows: &str, spine: &str) -> String {
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
fn created_breaks_ties_and_a_null_one_is_the_lowest() {
    let view = ViewSpec {
        created: Some("created"),
        ..activity()
    };
    let rows = "('a', TIMESTAMP '2026-05-01 10:00:00', TIMESTAMP '2026-05-01 10:05:00', 2), \
                ('a', '2026-05-01 10:00:00', '2026-05-01 10:01:00', 1), \
                ('a', '2026-05-01 10:00:00', NULL, 3), \
                ('b', '2026-05-01 10:00:00', NULL, 4), ('b', '2026-05-01 10:00:00', NULL, 5), \
                ('c', '2026-05-01 11:00:00', '2026-05-01 11:00:00', 6), \
                ('c', '2026-05-01 10:00:00', '2026-05-02 00:00:00', 7)";
    let spine = "('a', TIMESTAMP '2026-05-01 12:00:00'), ('b', '2026-05-01 12:00:00'), \
                 ('c', '2026-05-01 12:00:00')";
    assert_eq!(joined(view, rows, spine), "2 5 6");
}

#[test]
fn the_last_row_of_the_source_wins_among_equals() {
    let fixture = Fixture::new();
    for (file, first) in [("a.parquet", 100_000), ("b.parquet", 200_000)] {
        // Many row groups with equal times, so that several threads read them.
        let query = format!(
            "SELECT 'u' || (i % 100) AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, \
             CAST({first} + i AS BIGINT) AS n FROM range(50000) AS r(i)"
        );
        fixture.file(&format!("activity-{file}"), &query);
    }
    let spine = "SELECT 'u' || (i % 100) AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp \
                 FROM range(200) AS r(i)";
    fixture.file("spine.parquet", spine);
    let view = ViewSpec {
        source: featurestore::view::Source::Path("activity-*.parquet"),
        ..activity()
    };
    let service = service([view]);
    let expected: Vec<String> = (0..200).map(|i| (249_900 + i % 100).to_string()).collect();
    for _ in 0..5 {
        assert_eq!(fixture.join(service).column("n"), expected.join(" "));
    }
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
fn null_keys_match_nothing() {
    let rows = "(NULL, TIMESTAMP '2026-05-01 10:00:00', 1), ('a', '2026-05-01 10:00:00', 2)";
    let spine = "(NULL, TIMESTAMP '2026-05-01 12:00:00'), ('a', '2026-05-01 12:00:00')";
    assert_eq!(joined(activity(), rows, spine), "- 2");
}

#[test]
fn source_rows_without_a_time_are_never_used() {
    let rows = "('a', NULL, 1), ('a', TIMESTAMP 'infinity', 2), ('a', TIMESTAMP '-infinity', 3), \
                ('b', TIMESTAMP '2026-05-01 10:00:00', 4)";
    let spine = "('a', TIMESTAMP '2026-05-01 12:00:00'), ('b', '2026-05-01 12:00:00')";
    assert_eq!(joined(activity(), rows, spine), "- 4");
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
fn a_large_spine_comes_back_in_its_order() {
    let fixture = Fixture::new();
    let rows = "SELECT 'u' || (i % 1000) AS user_id, TIMESTAMP '2026-05-01' + INTERVAL 1 MINUTE * (i // 1000) \
                AS event_timestamp, CAST(i AS BIGINT) AS n FROM range(50000) AS r(i)";
    let spine = "SELECT CAST(i AS BIGINT) AS row, 'u' || (i * 7919 % 1000) AS user_id, \
                 TIMESTAMP '2026-05-01' + INTERVAL 1 MINUTE * (i * 31 % 50) AS event_timestamp \
                 FROM range(100000) AS r(i)";
    fixture
        .file("activity.parquet", rows)
        .file("spine.parquet", spine);
    let table = fixture.join(service([activity()]));
    assert_eq!(table.rows.len(), 100_000);
    for (index, row) in table.rows.iter().enumerate() {
        assert_eq!(row[0], index.to_string());
        assert_eq!(
            row[3],
            (index * 7919 % 1000 + 1000 * (index * 31 % 50)).to_string()
        );
    }
}

#[test]
fn composite_keys_1_11_and_11_1_are_two_entities() {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, merchant_id, event_timestamp, n",
        "('1', '11', TIMESTAMP '2026-05-01', 1), ('11', '1', '2026-05-01', 2), \
         ('1', NULL, '2026-05-01', 3), (NULL, '1', '2026-05-01', 4)",
    );
    fixture.rows(
        "spine",
        "merchant_id, event_timestamp, user_id",
        "('1', TIMESTAMP '2026-05-02', '11'), ('11', '2026-05-02', '1'), \
         (NULL, '2026-05-02', '1'), ('1', '2026-05-02', NULL), ('1', '2026-05-02', '1')",
    );
    let view = ViewSpec {
        keys: vec![("user_id", Dtype::String), ("merchant_id", Dtype::String)],
        ..activity()
    };
    assert_eq!(fixture.join(service([view])).column("n"), "2 1 - - -");
}

#[test]
fn a_null_part_of_a_composite_key_matches_no_other_null() {
    let fixture = Fixture::new();
    let view = ViewSpec {
        keys: vec![("user_id", Dtype::U8), ("merchant_id", Dtype::U8)],
        ..activity()
    };
    let service = service([view]);
    // DuckDB 1.5's ASOF join lets them match where the whole column is null.
    for (key, copies) in [("1, NULL", 1), ("1, NULL", 1000), ("NULL, 1", 1000)] {
        let rows = |count: u32, day: u32| {
            format!(
                "SELECT keys.*, TIMESTAMP '2026-05-0{day}' AS event_timestamp, 7 AS n \
                 FROM range({count}), (VALUES ({key})) AS keys(user_id, merchant_id)"
            )
        };
        let keys =
            "CAST(user_id AS UTINYINT) AS user_id, CAST(merchant_id AS UTINYINT) AS merchant_id";
        let spine = format!("SELECT {keys}, event_timestamp FROM ({})", rows(copies, 2));
        fixture.file("spine.parquet", &spine);
        let source = format!("SELECT {keys}, event_timestamp, n FROM ({})", rows(1, 1));
        fixture.file("activity.parquet", &source);
        let found = fixture.join(service).column("n");
        assert!(!found.contains('7'), "{key} {copies}");
    }
}

#[test]
fn views_of_different_entities_mix() {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "('a', TIMESTAMP '2026-05-01', 1)",
    );
    fixture.rows(
        "shop",
        "merchant_id, event_timestamp, rating",
        "(7, TIMESTAMP '2026-05-01', CAST(4.5 AS FLOAT)), (8, '2026-05-03', 1.5)",
    );
    fixture.rows(
        "spine",
        "user_id, merchant_id, event_timestamp",
        "('a', 7, TIMESTAMP '2026-05-02'), ('b', 8, '2026-05-04'), (NULL, 7, '2026-05-02'), \
         ('a', NULL, '2026-05-02')",
    );
    let shop = ViewSpec {
        keys: vec![("merchant_id", Dtype::I64)],
        ..ViewSpec::new("shop", &[("rating", Dtype::F64)])
    };
    let table = fixture.join(service([activity(), shop]));
    assert_eq!(table.column("n"), "1 - - 1");
    assert_eq!(table.column("rating"), "4.5 1.5 4.5 -");
}

#[test]
fn nanoseconds_do_not_leak() {
    let rows = "('a', TIMESTAMP_NS '2026-05-01 10:00:00.000000001', 1), \
                ('b', TIMESTAMP_NS '2026-05-01 10:00:00.000000000', 2), \
                ('b', TIMESTAMP_NS '2026-05-01 09:59:59.999999999', 3), \
                ('c', TIMESTAMP_NS '2026-05-01 10:00:00.000000400', 4), \
                ('c', TIMESTAMP_NS '2026-05-01 10:00:00.000000300', 5)";
    let micros = "('a', TIMESTAMP '2026-05-01 10:00:00'), ('a', '2026-05-01 10:00:00.000001'), \
                  ('b', '2026-05-01 10:00:00'), ('c', '2026-05-01 10:00:00.000001')";
    assert_eq!(joined(activity(), rows, micros), "- 1 2 4");
    let nanos = "('a', TIMESTAMP_NS '2026-05-01 10:00:00'), \
                 ('a', TIMESTAMP_NS '2026-05-01 10:00:00.000000001'), \
                 ('c', TIMESTAMP_NS '2026-05-01 10:00:00.000000399'), \
                 ('c', TIMESTAMP_NS '2026-05-01 10:00:00.000000299')";
    assert_eq!(joined(activity(), rows, nanos), "- 1 5 -");
    let view = ViewSpec {
        ttl: Some(HOUR),
        settling: 1,
        ..activity()
    };
    let bounds = "('a', TIMESTAMP_NS '2026-05-01 10:00:00.000001000'), \
                  ('a', TIMESTAMP_NS '2026-05-01 10:00:00.000001001'), \
                  ('a', TIMESTAMP_NS '2026-05-01 11:00:00.000000001'), \
                  ('a', TIMESTAMP_NS '2026-05-01 11:00:00.000000002')";
    assert_eq!(joined(view, rows, bounds), "- 1 1 -");
}

#[test]
fn a_nanosecond_spine_meets_a_microsecond_source() {
    let rows = "('a', TIMESTAMP '1960-05-01 10:00:00.000001', 1)";
    let spine = "('a', TIMESTAMP_NS '1960-05-01 10:00:00.000000999'), \
                 ('a', TIMESTAMP_NS '1960-05-01 10:00:00.000001000')";
    assert_eq!(joined(activity(), rows, spine), "- 1");
}

#[test]
fn zoned_naive_coarse_and_date_times_are_one_utc_line() {
    for source in [
        "TIMESTAMPTZ '2026-05-01 12:00:00+02'",
        "TIMESTAMP '2026-05-01 10:00:00'",
        "TIMESTAMP_S '2026-05-01 10:00:00'",
        "TIMESTAMP_MS '2026-05-01 10:00:00'",
        "TIMESTAMP_NS '2026-05-01 10:00:00'",
    ] {
        for (early, exact) in [
            (
                "TIMESTAMPTZ '2026-05-01 11:59:59+02'",
                "TIMESTAMPTZ '2026-05-01 12:00:00+02'",
            ),
            (
                "TIMESTAMP '2026-05-01 09:59:59'",
                "TIMESTAMP '2026-05-01 10:00:00'",
            ),
        ] {
            let found = joined(
                activity(),
                &format!("('a', {source}, 1)"),
                &format!("('a', {early}), ('a', {exact})"),
            );
            assert_eq!(found, "- 1", "{source} at {exact}");
        }
    }
    let rows = "('a', DATE '2026-05-01', 1), ('a', DATE '2026-05-02', 2)";
    let spine = "('a', TIMESTAMP '2026-05-01 23:59:59'), ('a', '2026-05-02 00:00:00')";
    assert_eq!(joined(activity(), rows, spine), "1 2");
    assert_eq!(joined(activity(), rows, "('a', DATE '2026-05-01')"), "1");
}

#[test]
fn times_far_from_1970_do_not_overflow() {
    let view = ViewSpec {
        ttl: Some(i64::MAX),
        settling: i64::MAX / 2,
        ..activity()
    };
    let rows = "('a', TIMESTAMP '0001-01-01', 1), ('a', TIMESTAMP '200000-01-01', 2)";
    let spine = "('a', TIMESTAMP '9999-01-01'), ('a', TIMESTAMP '0001-01-01')";
    assert_eq!(joined(view, rows, spine), "- -");
    assert_eq!(joined(activity(), rows, spine), "1 1");
    let nanos = "('a', TIMESTAMP_NS '2026-01-01', 1)";
    assert_eq!(joined(activity(), nanos, spine), "1 -");
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

#[test]
fn keys_of_other_widths_meet_losslessly() {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "(7::SMALLINT, TIMESTAMP '2026-05-01', 1)",
    );
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "(7::INTEGER, TIMESTAMP '2026-05-02'), (-7, '2026-05-02')",
    );
    let view = ViewSpec {
        keys: vec![("user_id", Dtype::I64)],
        ..activity()
    };
    assert_eq!(fixture.join(service([view])).column("n"), "1 -");
}

#[test]
fn spines_come_from_csv_json_and_sql() {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "('a', TIMESTAMP '2026-05-01', 1), ('b', '2026-05-01', 2)",
    );
    let rows = "SELECT * FROM (VALUES ('b', TIMESTAMP '2026-05-02', 10), ('a', '2026-05-02', 20), ('b', '2026-04-02', 30)) AS r(user_id, event_timestamp, label)";
    fixture.file("spine.csv", rows).file("spine.json", rows);
    let service = service([activity()]);
    for spine in [
        Spine::path("spine.csv"),
        Spine::path("spine.json"),
        Spine::sql(format!("{rows} -- all;")),
    ] {
        let table = fixture.join_on(service, spine);
        assert_eq!(table.names, ["user_id", "event_timestamp", "label", "n"]);
        assert_eq!(table.column("label"), "10 20 30");
        assert_eq!(table.column("n"), "2 1 -");
    }
}

#[test]
fn sources_come_from_csv_json_and_sql() {
    use featurestore::view::Source;
    let fixture = Fixture::new();
    let rows = "SELECT 'a' AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, CAST(i AS BIGINT) AS n FROM range(5000) AS r(i)";
    fixture
        .file("activity.csv", rows)
        .file("activity.json", rows);
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('a', TIMESTAMP '2026-05-02')",
    );
    for source in [
        Source::Path("activity.csv"),
        Source::Path("activity.json"),
        Source::Sql(rows),
    ] {
        let view = ViewSpec {
            source,
            ..activity()
        };
        assert_eq!(
            fixture.join(service([view])).column("n"),
            "4999",
            "{source}"
        );
    }
}
