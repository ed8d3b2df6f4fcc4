//! Which rows have equal keys.

use featurestore::Dtype;

use crate::definitions::{ViewSpec, service};
use crate::rules::{activity, joined};
use crate::support::Fixture;

#[test]
fn null_keys_match_nothing() {
    let rows = "(NULL, TIMESTAMP '2026-05-01 10:00:00', 1), ('a', '2026-05-01 10:00:00', 2)";
    let spine = "(NULL, TIMESTAMP '2026-05-01 12:00:00'), ('a', '2026-05-01 12:00:00')";
    assert_eq!(joined(activity(), rows, spine), "- 2");
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

/// Joins a source with a row of `key` onto a spine of that key, of another one, and of none.
fn of_dtype(dtype: Dtype, source: &str, spine: &str, other: &str) -> String {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        &format!("({source}, TIMESTAMP '2026-05-01', 1)"),
    );
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        &format!(
            "({spine}, TIMESTAMP '2026-05-02'), ({other}, '2026-05-02'), (NULL, '2026-05-02')"
        ),
    );
    let view = ViewSpec {
        keys: vec![("user_id", dtype)],
        ..activity()
    };
    fixture.join(service([view])).column("n")
}

#[test]
fn keys_of_every_type_match_their_equals_alone() {
    let plans = Dtype::Enum(&["free", "paid", "zero"]);
    for (dtype, source, spine, other) in [
        (
            Dtype::I64,
            "(-9223372036854775807 - 1)::BIGINT",
            "(-9223372036854775807 - 1)::BIGINT",
            "9223372036854775807",
        ),
        (
            Dtype::U64,
            "18446744073709551615::UBIGINT",
            "18446744073709551615::UBIGINT",
            "0",
        ),
        (Dtype::I64, "7::UINTEGER", "7::TINYINT", "-7"),
        (Dtype::String, "'a'", "'a'", "'a '"),
        (Dtype::String, "'é'", "'é'", "'É'"),
        (Dtype::String, "' '", "' '", "''"),
        (Dtype::Bool, "false", "false", "true"),
        (
            Dtype::Bytes,
            "'\\x00'::BLOB",
            "'\\x00'::BLOB",
            "'\\x00\\x00'::BLOB",
        ),
        (
            Dtype::Date,
            "DATE '1969-12-31'",
            "DATE '1969-12-31'",
            "DATE '1970-01-01'",
        ),
        (
            Dtype::Uuid,
            "UUID 'ffffffff-ffff-4fff-8fff-ffffffffffff'",
            "UUID 'ffffffff-ffff-4fff-8fff-ffffffffffff'",
            "UUID '00000000-0000-4000-8000-000000000000'",
        ),
        (plans, "'paid'", "'paid'", "'zero'"),
        (plans, "'paid'::ENUM('free', 'paid')", "'paid'", "'zero'"),
        (plans, "'paid'", "'paid'::ENUM('paid', 'zero')", "'zero'"),
        // A text key whose source has just a few of the texts that the spine has.
        (
            Dtype::String,
            "'paid'::ENUM('free', 'paid')",
            "'paid'",
            "'unknown'",
        ),
    ] {
        assert_eq!(
            of_dtype(dtype, source, spine, other),
            "1 - -",
            "{dtype}: {source}"
        );
    }
}

#[test]
fn an_entity_without_a_row_up_to_the_time_is_missing() {
    let rows = "('a', TIMESTAMP '2026-05-03', 1), ('b', '2026-05-01', 2)";
    let spine = "('a', TIMESTAMP '2026-05-02 23:59:59.999999'), ('b', '2026-05-02')";
    assert_eq!(joined(activity(), rows, spine), "- 2");
}

#[test]
fn keys_outside_the_range_of_the_spines_are_not_taken_for_those_in_it() {
    let rows = "('b', TIMESTAMP '2026-05-01', 1), ('a', '2026-05-01', 2), ('c', '2026-05-01', 3)";
    let spine = "('b', TIMESTAMP '2026-05-02'), (NULL, '2026-05-02')";
    assert_eq!(joined(activity(), rows, spine), "1 -");
    let none = "(NULL::VARCHAR, TIMESTAMP '2026-05-02')";
    assert_eq!(joined(activity(), rows, none), "-");
}

#[test]
fn texts_and_bytes_match_by_every_byte() {
    // All of up to four of these bytes, every other one in the source.
    let all = "WITH RECURSIVE words(w) AS (SELECT '' UNION ALL \
               SELECT w || chr(c::INTEGER) FROM words, range(3) AS r(c) WHERE length(w) < 4) \
               SELECT row_number() OVER () - 1 AS label, w FROM words";
    let fixture = Fixture::new();
    for (dtype, key) in [(Dtype::String, "w"), (Dtype::Bytes, "encode(w)")] {
        let rows = |at: &str, columns: &str, filter: &str| {
            format!(
                "SELECT {key} AS user_id, TIMESTAMP '{at}' AS event_timestamp, {columns} \
                 FROM ({all}) WHERE {filter}"
            )
        };
        fixture.file("spine.parquet", &rows("2026-05-02", "label", "true"));
        fixture.file(
            "activity.parquet",
            &rows("2026-05-01", "label AS n", "label % 2 = 0"),
        );
        let view = ViewSpec {
            keys: vec![("user_id", dtype)],
            ..activity()
        };
        let table = fixture.join(service([view]));
        assert_eq!(table.rows.len(), 121);
        for row in &table.rows {
            let label: u32 = row[2].parse().unwrap();
            // What is empty, the first of them, names no entity.
            let expected = if label > 0 && label.is_multiple_of(2) {
                &row[2]
            } else {
                "-"
            };
            assert_eq!(row[3], expected, "{dtype} {label}");
        }
    }
}
