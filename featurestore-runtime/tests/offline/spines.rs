//! Where the spine comes from, and how it comes back.

use std::sync::Arc;

use featurestore::arrow::array::AsArray;
use featurestore::arrow::datatypes::{DataType, Field, Int64Type, Schema, TimeUnit};
use featurestore::arrow::record_batch::RecordBatch;
use featurestore::offline::Spine;
use featurestore::view::Source;
use featurestore::{Dtype, EntityKey};

use crate::definitions::{Slots, ViewSpec, service};
use crate::rules::activity;
use crate::support::{Fixture, wait};

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

/// Sources for the spines of these tests: `a` has 1, `b` 2.
fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "('a', TIMESTAMP '2026-05-01', 1), ('b', '2026-05-01', 2)",
    );
    fixture
}

fn error(fixture: &Fixture, spine: Spine, parts: &[&str]) {
    let error = fixture.error(service([activity()]), spine);
    for part in parts {
        assert!(error.contains(part), "{error}\nlacks {part}");
    }
}

#[test]
fn a_spine_of_several_files_comes_back_file_by_file() {
    let fixture = fixture();
    for extension in ["parquet", "csv", "json"] {
        for (part, keys) in [("1", "('b', 1), ('a', 2)"), ("2", "('a', 3), ('c', 4)")] {
            let query = format!(
                "SELECT *, TIMESTAMP '2026-05-02' AS event_timestamp FROM (VALUES {keys}) AS r(user_id, label)"
            );
            fixture.file(&format!("labels-{part}.{extension}"), &query);
        }
        let spine = Spine::glob(format!("labels-*.{extension}"));
        let table = fixture.join_on(service([activity()]), spine);
        assert_eq!(table.column("label"), "1 2 3 4", "{extension}");
        assert_eq!(table.column("n"), "2 1 1 -", "{extension}");
    }
    std::fs::remove_file(fixture.path("train.out")).unwrap();
    error(
        &fixture,
        Spine::glob("nothing-*.csv"),
        &[
            "the spine of `service` reads",
            "nothing-*.csv, and no file matches it",
        ],
    );
}

#[test]
fn a_directory_is_all_parquet_files_below_it() {
    let fixture = fixture();
    for (part, user) in [("x/1", 'a'), ("y/2", 'b')] {
        let path = fixture.path(&format!("labels/{part}.parquet"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let query =
            format!("SELECT '{user}' AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp");
        fixture.file(&format!("labels/{part}.parquet"), &query);
    }
    let table = fixture.join_on(service([activity()]), Spine::path("labels"));
    assert_eq!(table.column("n"), "1 2");
}

#[test]
fn names_that_queries_use_themselves_are_only_names() {
    let fixture = Fixture::new();
    let odd = [
        "n",
        "t",
        "u",
        "k0",
        "c0",
        "e",
        "p",
        "o",
        "s",
        "g0",
        "f0",
        "rowid",
        "file_row_number",
        "file_index",
        "select",
        "two words",
        "quo\"te",
        "",
    ];
    for name in odd.into_iter().filter(|name| !name.is_empty()) {
        let quoted = format!("\"{}\"", name.replace('"', "\"\""));
        // A column of the spine, of the source, and a feature.
        let spine = format!(
            "SELECT CAST(1000 - i AS BIGINT) AS {quoted}, 'u' || (i % 3) AS user_id, \
             TIMESTAMP '2026-05-02' AS event_timestamp FROM range(10) AS r(i)"
        );
        let source = format!(
            "SELECT 'u' || (i % 3) AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, \
             CAST(i AS BIGINT) AS feature, CAST(100 - i AS BIGINT) AS {quoted} FROM range(9) AS r(i)"
        );
        let labels: Vec<String> = (0..10).map(|i| (1000 - i).to_string()).collect();
        let features: Vec<String> = (0..10).map(|i| (6 + i % 3).to_string()).collect();
        let own: Vec<String> = (0..10).map(|i| (94 - i % 3).to_string()).collect();
        for extension in ["parquet", "csv"] {
            let (from, to) = (format!("source.{extension}"), format!("spine.{extension}"));
            fixture.file(&from, &source).file(&to, &spine);
            let columns = [
                ("feature", Dtype::I64),
                (crate::definitions::text(name), Dtype::I64),
            ];
            let view = ViewSpec {
                source: Source::Path(crate::definitions::text(from)),
                ..ViewSpec::new("v", &columns)
            };
            let service = Slots::new(1);
            let view = view.leak();
            let service = service.service(&[view]);
            let join = |spine: &str| {
                let join = fixture.store.historical_by(service, Spine::path(spine));
                join.full_names()
            };
            let report = wait(join(&to).to_parquet("train.out"))
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let table = crate::support::read(report.path().unwrap());
            for (column, expected) in [
                (name, &labels),
                ("v__feature", &features),
                (&format!("v__{name}"), &own),
            ] {
                let values = table.column(column);
                assert_eq!(values, expected.join(" "), "{column} in {extension}");
            }
            let batches = wait(async { join(&to).batches().await?.collect().await }).unwrap();
            let values = batches[0].column_by_name(name).unwrap();
            let values = values.as_primitive::<Int64Type>().values();
            let texts: Vec<String> = values.iter().map(i64::to_string).collect();
            assert_eq!(texts, labels, "{name} in batches of {extension}");
        }
    }
}

#[test]
fn a_value_of_a_csv_file_that_is_no_time_is_named_with_its_row() {
    let fixture = fixture();
    let csv = |rows: &str| {
        let text = format!("user_id,event_timestamp,label\n{rows}");
        std::fs::write(fixture.path("spine.csv"), text).unwrap();
    };
    csv("a,2026-05-02 00:00:00,1\nb,,2\na,yesterday,3\nb,soon,4\n");
    error(
        &fixture,
        Spine::path("spine.csv"),
        &[
            "column `event_timestamp` of ",
            "spine.csv is string, and service `service` needs timestamp: row 3 has `yesterday`, which is none; mend the row or leave it out",
        ],
    );
    csv("a,2026-05-02 00:00:00,1\nb,,2\n");
    error(
        &fixture,
        Spine::path("spine.csv"),
        &[
            "1 rows of",
            "spine.csv have no usable time in `event_timestamp`",
            "the first of them row 2",
        ],
    );
    // Beyond the rows that types are told from.
    let mut rows = "a,2026-05-02 00:00:00,1\n".repeat(50_000);
    rows.push_str("a,yesterday,1\n");
    csv(&rows);
    error(
        &fixture,
        Spine::path("spine.csv"),
        &[
            "column `event_timestamp` of ",
            "spine.csv is string, and service `service` needs timestamp: row 50001 has `yesterday`",
        ],
    );
}

#[test]
fn a_value_that_is_no_key_is_named_with_its_row() {
    let fixture = fixture();
    let text = "user_id,event_timestamp\n1,2026-05-02\n,2026-05-02\nx7,2026-05-02\n";
    std::fs::write(fixture.path("spine.csv"), text).unwrap();
    let view = ViewSpec {
        keys: vec![("user_id", Dtype::I64)],
        ..activity()
    };
    let error = fixture.error(service([view]), Spine::path("spine.csv"));
    assert!(error.contains("column `user_id` of"), "{error}");
    assert!(
        error.contains("needs i64: row 3 has `x7`, which is none"),
        "{error}"
    );
}

#[test]
fn a_spine_without_rows_has_the_columns_of_the_result() {
    let fixture = fixture();
    let none =
        "SELECT 'a' AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp, 1 AS label WHERE false";
    fixture.file("spine.parquet", none);
    let spines = || {
        let batch = RecordBatch::new_empty(Arc::new(Schema::new(vec![
            Field::new("user_id", DataType::Utf8, true),
            Field::new(
                "event_timestamp",
                DataType::Timestamp(TimeUnit::Microsecond, None),
                true,
            ),
            Field::new("label", DataType::Int32, true),
        ])));
        [
            Spine::path("spine.parquet"),
            Spine::sql(none),
            Spine::batches([batch]),
        ]
    };
    let names = ["user_id", "event_timestamp", "label", "n"];
    for spine in spines() {
        let table = fixture.join_on(service([activity()]), spine);
        assert_eq!(
            (table.names, table.rows.len()),
            (names.map(str::to_owned).to_vec(), 0)
        );
    }
    for spine in spines() {
        let join = fixture.store.historical_by(service([activity()]), spine);
        let batches = wait(async { join.batches().await.unwrap().collect().await.unwrap() });
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        let schema = batches[0].schema();
        let found: Vec<&String> = schema.fields().iter().map(|field| field.name()).collect();
        assert_eq!(
            (rows, found),
            (0, names.map(str::to_owned).iter().collect())
        );
    }
}

#[test]
fn a_spine_lacks_no_key_and_its_names_are_compared_to_the_letter() {
    let fixture = fixture();
    fixture.rows(
        "spine",
        "User_Id, event_timestamp",
        "('a', TIMESTAMP '2026-05-02')",
    );
    error(
        &fixture,
        Spine::path("spine.parquet"),
        &["needs the join key `user_id`", "(did you mean `User_Id`?)"],
    );
    error(
        &fixture,
        Spine::sql("SELECT 'a' AS user_id"),
        &["needs the timestamp `event_timestamp`, and the spine's query has no such column"],
    );
}

#[test]
fn column_names_that_differ_only_in_case_are_refused_and_full_names_help() {
    let fixture = fixture();
    let spine = || {
        Spine::sql("SELECT 'a' AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp, 7 AS \"N\"")
    };
    error(
        &fixture,
        spine(),
        &[
            "feature `n` of service `service` has the name of a column of the spine's query",
            "or ask for `full_names` (--full-names)",
        ],
    );
    let join = fixture
        .store
        .historical_by(service([activity()]), spine())
        .full_names();
    let report = wait(join.to_parquet("train.out")).unwrap();
    let table = crate::support::read(report.path().unwrap());
    assert_eq!(
        table.names,
        ["user_id", "event_timestamp", "N", "activity__n"]
    );
    assert_eq!(table.rows[0][2..], ["7", "1"]);
}

#[test]
fn rows_from_rust_may_have_narrower_keys_in_another_order() {
    #[derive(EntityKey, Debug, Clone)]
    struct Pair {
        merchant_id: i32,
        user_id: String,
    }
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, merchant_id, event_timestamp, n",
        "('a', 7::BIGINT, TIMESTAMP '2026-05-01', 1)",
    );
    let view = ViewSpec {
        keys: vec![("user_id", Dtype::String), ("merchant_id", Dtype::I64)],
        ..activity()
    };
    let at = crate::support::time("2026-05-02T00:00:00Z");
    let pair = |user_id: &str, merchant_id| Pair {
        merchant_id,
        user_id: user_id.to_owned(),
    };
    let spine = Spine::rows([(pair("a", 7), at), (pair("a", 8), at)]);
    let error = fixture.error(service([view.clone()]), spine);
    assert!(
        error.contains("give them a key with these parts, in this order"),
        "{error}"
    );
    let spine = Spine::rows([(("a".to_owned(), 7_i32), at), (("a".to_owned(), 8), at)]);
    assert_eq!(fixture.join_on(service([view]), spine).column("n"), "1 -");
}
