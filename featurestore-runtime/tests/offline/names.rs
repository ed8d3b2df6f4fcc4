//! Columns whose names are alike, or nearly the declared ones.

use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use arrow::record_batch::RecordBatch;
use featurestore::Dtype;
use featurestore::offline::Spine;
use featurestore::view::Source;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::definitions::{ColumnSpec, ViewSpec, service, text};
use crate::rules::activity;
use crate::support::Fixture;

/// A Parquet file without rows, with columns of numbers beside key and time.
fn parquet(fixture: &Fixture, file: &str, names: &[&str]) {
    let columns: String = names
        .iter()
        .map(|name| format!("optional int64 {name}; "))
        .collect();
    let schema = format!(
        "message m {{ optional binary user_id (STRING); \
         optional int64 event_timestamp (TIMESTAMP(MICROS,true)); {columns} }}"
    );
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let file = fs::File::create(fixture.path(file)).unwrap();
    SerializedFileWriter::new(file, schema, Arc::new(WriterProperties::new()))
        .unwrap()
        .close()
        .unwrap();
}

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    let time = "TIMESTAMP '2026-05-01'";
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        &format!("('a', {time})"),
    );
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        &format!("('a', {time}, 1::BIGINT)"),
    );
    parquet(&fixture, "a.parquet", &["x", "X", "y", "y", "other"]);
    let csv = "user_id,event_timestamp,x,X,y,y,other\na,2026-05-01 00:00:00,1,2,3,4,5\n";
    fs::write(fixture.path("a.csv"), csv).unwrap();
    let json = "{\"user_id\":\"a\",\"event_timestamp\":\"2026-05-01 00:00:00\",\"x\":1,\"X\":2,\"other\":5}\n";
    fs::write(fixture.path("a.json"), json).unwrap();
    fixture
}

fn over(source: Source, column: &'static str) -> ViewSpec {
    ViewSpec {
        source,
        columns: vec![ColumnSpec::nullable("n", column, Dtype::I64)],
        ..activity()
    }
}

fn refused(fixture: &Fixture, view: ViewSpec, spine: Spine, parts: &[&str]) {
    let error = fixture.error(service([view]), spine);
    for part in parts {
        assert!(error.contains(part), "{error}\nlacks {part}");
    }
}

const QUERY: &str = "SELECT 'a' AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, \
                     1::BIGINT AS x, 2::BIGINT AS \"X\", 5::BIGINT AS other";

#[test]
fn a_declared_column_that_is_alike_another_is_refused_with_both_and_others_are_read() {
    let fixture = fixture();
    for source in ["a.parquet", "a.csv", "a.json", "query"] {
        let source = if source == "query" {
            Source::Sql(QUERY)
        } else {
            Source::Path(text(source))
        };
        for column in ["x", "X"] {
            let parts = [
                "view `activity`",
                "`x`",
                "`X`",
                "differ in case alone",
                "rename",
            ];
            refused(
                &fixture,
                over(source, column),
                Spine::path("spine.parquet"),
                &parts,
            );
        }
        fixture
            .report(
                service([over(source, "other")]),
                Spine::path("spine.parquet"),
            )
            .unwrap();
        fs::remove_file(fixture.path("train.out")).unwrap();
    }
    for source in ["a.parquet", "a.csv"] {
        let view = over(Source::Path(text(source)), "y");
        refused(
            &fixture,
            view,
            Spine::path("spine.parquet"),
            &["two columns `y`"],
        );
    }
}

#[test]
fn a_number_behind_a_name_is_the_files_own_where_it_has_it() {
    let fixture = fixture();
    let csv = "user_id,event_timestamp,x,x_1\na,2026-05-01 00:00:00,1,2\n";
    fs::write(fixture.path("own.csv"), csv).unwrap();
    let json =
        "{\"user_id\":\"a\",\"event_timestamp\":\"2026-05-01 00:00:00\",\"x\":1,\"x_1\":2}\n";
    fs::write(fixture.path("own.json"), json).unwrap();
    for source in ["own.csv", "own.json"] {
        for (column, value) in [("x", "1"), ("x_1", "2")] {
            let view = over(Source::Path(text(source)), column);
            assert_eq!(
                fixture.join(service([view])).column("n"),
                value,
                "{source} {column}"
            );
        }
    }
}

#[test]
fn a_spine_with_columns_that_are_alike_is_refused_however_it_is_given() {
    let fixture = fixture();
    parquet(&fixture, "s.parquet", &["x", "X"]);
    let columns: [(&str, DataType, ArrayRef); 4] = [
        (
            "user_id",
            DataType::Utf8,
            Arc::new(StringArray::from(vec!["a"])),
        ),
        (
            "event_timestamp",
            DataType::Timestamp(TimeUnit::Microsecond, None),
            Arc::new(TimestampMicrosecondArray::from(vec![0])),
        ),
        ("x", DataType::Int64, Arc::new(Int64Array::from(vec![1]))),
        ("X", DataType::Int64, Arc::new(Int64Array::from(vec![2]))),
    ];
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, dtype, _)| Field::new(*name, dtype.clone(), true))
        .collect();
    let arrays = columns.into_iter().map(|(.., array)| array).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap();
    for spine in [
        Spine::path("s.parquet"),
        Spine::path("a.csv"),
        Spine::path("a.json"),
        Spine::sql(QUERY),
        Spine::batches([batch]),
    ] {
        let parts = ["spine", "`x`", "`X`", "differ in case alone", "rename"];
        refused(&fixture, activity(), spine, &parts);
    }
}

#[test]
fn a_column_that_is_spelled_alike_is_read_by_rename() {
    let fixture = fixture();
    parquet(&fixture, "b.parquet", &["watchCount", "caf\u{65}\u{301}"]);
    for (column, parts) in [
        (
            "watch_count",
            ["did you mean `watchCount`?", "rename = \"watchCount\""],
        ),
        (
            "WATCHCOUNT",
            ["did you mean `watchCount`?", "rename = \"watchCount\""],
        ),
        (
            "caf\u{e9}",
            ["whose Unicode form is another", "rename = \"cafe\\u{301}\""],
        ),
    ] {
        let view = over(Source::Path("b.parquet"), column);
        refused(&fixture, view, Spine::path("spine.parquet"), &parts);
    }
    let view = over(Source::Path("b.parquet"), "watchCount");
    assert_eq!(fixture.join(service([view])).column("n"), "-");
}

#[test]
fn a_time_that_is_a_number_is_made_one_as_the_message_says() {
    let fixture = fixture();
    fixture.rows(
        "seconds",
        "user_id, event_timestamp, n",
        "('a', 1777593600::BIGINT, 7::BIGINT)",
    );
    let sql = format!(
        "SELECT user_id, n, to_timestamp(event_timestamp) AS event_timestamp FROM '{}'",
        fixture.path("seconds.parquet").display()
    );
    let view = over(Source::Sql(text(sql)), "n");
    assert_eq!(fixture.join(service([view])).column("n"), "7");
}
