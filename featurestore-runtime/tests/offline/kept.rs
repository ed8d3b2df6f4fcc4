//! A spine's own columns come back as they were, whatever their type, or are refused by name.

use featurestore::Dtype;
use featurestore::offline::Spine;

use crate::definitions::{ViewSpec, service};
use crate::support::{Fixture, types, with_connection};
use crate::written::{Written, write};

fn view() -> ViewSpec {
    ViewSpec {
        keys: vec![("user_id", Dtype::I64)],
        ..ViewSpec::new("activity", &[("n", Dtype::I64)])
    }
}

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "(1, TIMESTAMP '2026-05-01', 1)",
    );
    fixture
}

fn texts_of(sql: &str) -> Vec<Option<String>> {
    with_connection(|connection| {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    })
}

/// Values of every SQL type that a file holds, and the type that they have there.
const KEPT: &[(&str, &str)] = &[
    ("true", "BOOLEAN"),
    ("(-128)::TINYINT", "TINYINT"),
    ("(-32768)::SMALLINT", "SMALLINT"),
    ("(-2147483648)::INTEGER", "INTEGER"),
    ("(-9223372036854775808)::BIGINT", "BIGINT"),
    ("255::UTINYINT", "UTINYINT"),
    ("65535::USMALLINT", "USMALLINT"),
    ("4294967295::UINTEGER", "UINTEGER"),
    ("18446744073709551615::UBIGINT", "UBIGINT"),
    ("'-0'::FLOAT", "FLOAT"),
    ("1e-320::DOUBLE", "DOUBLE"),
    ("99.99::DECIMAL(4, 2)", "DECIMAL(4,2)"),
    ("99.99::DECIMAL(9, 2)", "DECIMAL(9,2)"),
    ("-99.99::DECIMAL(18, 2)", "DECIMAL(18,2)"),
    (
        "99999999999999999999999999999999999999::DECIMAL(38, 0)",
        "DECIMAL(38,0)",
    ),
    ("'a' || chr(0) || 'ä'", "VARCHAR"),
    ("'\\xFF\\x00'::BLOB", "BLOB"),
    ("DATE '5877642-06-25 (BC)'", "DATE"),
    ("TIME '23:59:59.999999'", "TIME"),
    ("TIME_NS '23:59:59.999999999'", "TIME_NS"),
    ("TIMESTAMP '0001-01-01 00:00:00.000001'", "TIMESTAMP"),
    ("TIMESTAMP 'infinity'", "TIMESTAMP"),
    (
        "TIMESTAMP_NS '1969-12-31 23:59:59.999999999'",
        "TIMESTAMP_NS",
    ),
    (
        "TIMESTAMPTZ '2026-05-01 00:00:00+02'",
        "TIMESTAMP WITH TIME ZONE",
    ),
    ("UUID '12345678-9abc-def0-1234-56789abcdef0'", "UUID"),
    ("'a'::ENUM('a', 'bit')", "VARCHAR"),
    ("MAP {'a': 1}", "MAP(VARCHAR, INTEGER)"),
    (
        "{'bit': 1, 'interval': 'x'}",
        "STRUCT(\"bit\" INTEGER, \"interval\" VARCHAR)",
    ),
];

#[test]
fn values_of_every_type_come_back_alone_in_structs_and_in_lists() {
    let fixture = fixture();
    let mut columns = Vec::new();
    for (index, (value, _)) in KEPT.iter().enumerate() {
        columns.push(format!("{value} AS c{index}"));
        columns.push(format!("[{value}, NULL] AS l{index}"));
        columns.push(format!(
            "{{'a': {value}, 'b': [{{'c': {value}}}]}} AS s{index}"
        ));
    }
    let query = format!(
        "SELECT 1::BIGINT AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp, {}",
        columns.join(", ")
    );
    fixture.file("spine.parquet", &query);
    for spine in [Spine::path("spine.parquet"), Spine::sql(query)] {
        fixture
            .report(service([view()]), spine)
            .unwrap_or_else(|error| panic!("{error}"));
        let [before, after] = ["spine.parquet", "train.out"].map(|name| fixture.path(name));
        assert_eq!(types(&after)[..types(&before).len()], types(&before));
        for (index, (value, dtype)) in KEPT.iter().enumerate() {
            assert_eq!(types(&after)[2 + 3 * index], *dtype, "{value}");
            for prefix in ["c", "l", "s"] {
                let text = |path: &std::path::Path| {
                    texts_of(&format!(
                        "SELECT {prefix}{index}::VARCHAR FROM read_parquet('{}')",
                        path.display()
                    ))
                };
                assert_eq!(text(&after), text(&before), "{value}");
            }
        }
    }
}

fn refused(fixture: &Fixture, spine: Spine, parts: &[&str]) {
    let error = fixture.error(service([view()]), spine);
    for part in parts {
        assert!(error.contains(part), "{error}\nlacks {part}");
    }
}

#[test]
fn what_no_file_holds_is_refused_by_its_column_and_type() {
    let fixture = fixture();
    for (value, dtype) in [
        ("1::HUGEINT", "hugeint"),
        ("1::UHUGEINT", "uhugeint"),
        ("INTERVAL '1 month 3.000001 seconds'", "interval"),
        ("'101'::BIT", "bit"),
        ("1::BIGNUM", "bignum"),
        ("1::VARIANT", "variant"),
        ("union_value(a := 1)", "union(a integer)"),
    ] {
        for (value, outer) in [
            (value.to_owned(), dtype.to_owned()),
            (format!("[{value}]"), format!("list({dtype})")),
            (
                format!("{{'bit': 1, 'x': [{value}]}}"),
                format!("{dtype}[]"),
            ),
            (
                format!("MAP {{'a': {value}}}"),
                format!("map(varchar, {dtype}"),
            ),
        ] {
            let query = format!(
                "SELECT 1::BIGINT AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp, {value} AS label"
            );
            refused(
                &fixture,
                Spine::sql(query),
                &[
                    "the spine of `service`",
                    "column `label` is",
                    &outer,
                    "cast it",
                ],
            );
        }
    }
}

/// A file of one row with a column of these fields, whose only leaf has a value.
fn leaf(fixture: &Fixture, field: &str, value: Written) {
    let fields = format!(
        "required int64 user_id; required int64 event_timestamp (TIMESTAMP(MICROS,true)); {field}"
    );
    let columns = [
        Written::I64(vec![1]),
        Written::I64(vec![1_777_680_000_000_000]),
        value,
    ];
    write(&fixture.path("spine.parquet"), &fields, &columns);
}

#[test]
fn what_duckdb_reads_as_another_value_is_refused_by_its_column_and_type() {
    let fixture = fixture();
    for (field, dtype) in [
        ("required binary label (DECIMAL(60, 2));", "decimal(60, 2)"),
        (
            "required group label { required binary a (DECIMAL(39, 0)); }",
            "decimal(39, 0)",
        ),
    ] {
        leaf(&fixture, field, Written::Bytes(vec![vec![0, 150]]));
        refused(
            &fixture,
            Spine::path("spine.parquet"),
            &["column `label` is", dtype, "cast it"],
        );
    }
    for field in [
        "required int64 label (TIMESTAMP(NANOS,true));",
        "required group label { required int64 a (TIMESTAMP(NANOS,true)); }",
    ] {
        leaf(&fixture, field, Written::I64(vec![1]));
        refused(
            &fixture,
            Spine::path("spine.parquet"),
            &["`label` of", "nanoseconds, the first in row 1"],
        );
        leaf(&fixture, field, Written::I64(vec![1000]));
        fixture
            .report(service([view()]), Spine::path("spine.parquet"))
            .unwrap();
        std::fs::remove_file(fixture.path("train.out")).unwrap();
    }
    let fields = "required int64 user_id; required int64 event_timestamp (TIMESTAMP(MICROS,true)); \
                  required group label { required int64 a; required int64 A; }";
    let one = || Written::I64(vec![1]);
    write(
        &fixture.path("spine.parquet"),
        fields,
        &[
            one(),
            Written::I64(vec![1_777_680_000_000_000]),
            one(),
            one(),
        ],
    );
    refused(
        &fixture,
        Spine::path("spine.parquet"),
        &["column `label`", "fields `a` and `A`"],
    );
}

#[test]
fn a_feature_or_key_of_wide_decimals_is_no_double() {
    let fixture = Fixture::new();
    let fields = "required int64 user_id; required int64 event_timestamp (TIMESTAMP(MICROS,true)); required binary x (DECIMAL(60, 2));";
    let columns = [
        Written::I64(vec![1]),
        Written::I64(vec![1_777_600_000_000_000]),
        Written::Bytes(vec![vec![0, 150]]),
    ];
    write(&fixture.path("activity.parquet"), fields, &columns);
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "(1, TIMESTAMP '2026-05-02')",
    );
    let view = ViewSpec {
        keys: vec![("user_id", Dtype::I64)],
        ..ViewSpec::new("activity", &[("x", Dtype::F64)])
    };
    let error = fixture.error(service([view]), Spine::path("spine.parquet"));
    assert!(error.contains("decimal(60, 2)"), "{error}");
}
