//! Which of a source's rows come first, whatever its times are packed by.

use featurestore::Dtype;
use featurestore::offline::{OfflineSettings, Search, Spine};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::definitions::{ViewSpec, service};
use crate::heard::Heard;
use crate::rules::activity;
use crate::support::{Fixture, read, wait};

/// What `n` is for each row of `spine.parquet`, by either search, which have to agree.
fn searched(fixture: &Fixture, view: &ViewSpec) -> String {
    let found = [Search::Sorted, Search::Pairs].map(|search| {
        let store = fixture.open(OfflineSettings::new().search(search));
        let join = store.historical_by(service([view.clone()]), Spine::path("spine.parquet"));
        let report = wait(join.to_parquet("train.out")).unwrap_or_else(|error| panic!("{error}"));
        read(report.path().unwrap()).column("n")
    });
    assert_eq!(found[0], found[1]);
    found[0].clone()
}

#[test]
fn a_time_finer_than_those_that_were_looked_at_keeps_its_place() {
    let fixture = Fixture::new();
    // Whole minutes over a century or over 24 of them, which with 12,000 places are packed by 256
    // microseconds or by the minute; of `a` a time between two of them that comes first in the
    // file, after all that are looked at.
    let source = |between: &str, days: u32| {
        format!(
            "SELECT CASE WHEN i IN (11000, 11500) THEN 'a' ELSE 'u' || i END AS user_id, \
             CASE WHEN i = 11000 THEN TIMESTAMP '2026-05-01 10:00:{between}' \
             WHEN i = 11500 THEN TIMESTAMP '2026-05-01 10:00:00' \
             ELSE TIMESTAMP '2026-05-01' - INTERVAL {days} DAY * (12000 - i) END AS event_timestamp, i AS n \
             FROM range(12000) AS r(i)"
        )
    };
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('a', TIMESTAMP '2026-05-01 09:59:59'), ('a', '2026-05-01 10:00:00'), ('a', '2026-05-01 10:00:00.000001'), \
         ('b', '2026-05-01 10:00:00'), ('u7', '2026-05-01 10:00:00')",
    );
    for (between, expected) in [
        ("00.000001", "- 11500 11000 - 7"),
        ("00.001", "- 11500 11500 - 7"),
        ("00", "- 11500 11500 - 7"),
    ] {
        for days in [3, 73] {
            fixture.file("activity.parquet", &source(between, days));
            assert_eq!(
                searched(&fixture, &activity()),
                expected,
                "{between} {days}"
            );
        }
    }
}

#[test]
fn times_of_files_without_statistics_are_found_in_their_rows() {
    let fixture = Fixture::new();
    let heard = Heard::of("without_statistics");
    let view = ViewSpec {
        keys: vec![("without_statistics", Dtype::String)],
        ..activity()
    };
    for (statistics, looks) in [
        (EnabledStatistics::Chunk, false),
        (EnabledStatistics::None, true),
    ] {
        write_times(&fixture, statistics);
        fixture.rows(
            "spine",
            "without_statistics, event_timestamp",
            "('a', TIMESTAMP '1970-01-01 00:00:00.000002'), ('a', '1970-01-01 00:00:00.000004'), (NULL, '2026-01-01')",
        );
        heard.take();
        assert_eq!(searched(&fixture, &view), "1 2 -");
        let queries = heard.take();
        assert!(!queries.is_empty());
        assert_eq!(
            queries.iter().any(|query| query.contains("min(row_event)")),
            looks,
            "{queries:?}"
        );
    }
}

/// Rows of `a` at the microseconds 5, 2 and 3, numbered by place.
fn write_times(fixture: &Fixture, statistics: EnabledStatistics) {
    let schema = "message m { required binary without_statistics (STRING); \
                  required int64 event_timestamp (TIMESTAMP(MICROS,true)); required int64 n; }";
    let schema = parse_message_type(schema).unwrap();
    let properties = WriterProperties::builder()
        .set_statistics_enabled(statistics)
        .build();
    let file = std::fs::File::create(fixture.path("activity.parquet")).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema.into(), properties.into()).unwrap();
    let mut rows = writer.next_row_group().unwrap();
    let mut keys = rows.next_column().unwrap().unwrap();
    let key = ByteArray::from("a");
    keys.typed::<ByteArrayType>()
        .write_batch(&[key.clone(), key.clone(), key], None, None)
        .unwrap();
    keys.close().unwrap();
    for values in [[5, 2, 3], [0, 1, 2]] {
        let mut column = rows.next_column().unwrap().unwrap();
        column
            .typed::<Int64Type>()
            .write_batch(&values, None, None)
            .unwrap();
        column.close().unwrap();
    }
    rows.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn a_spine_of_long_texts_is_joined_as_one_of_numbers() {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "('a', TIMESTAMP '2026-05-01 10:00:00', 1), ('a', '2026-05-01 11:00:00', NULL), ('b', '2026-05-01 10:00:00', 3), \
         ('', '2026-05-01 10:00:00', 4)",
    );
    let rows = "(1, 'a', TIMESTAMP '2026-05-01 10:30:00'), (2, NULL, '2026-05-01 12:00:00'), (3, 'b', '2026-05-01 09:00:00'), \
                (4, 'a', '2026-05-01 12:00:00'), (5, 'b', '2026-05-01 10:00:00'), (5, 'b', '2026-05-01 10:00:00'), \
                (6, 'none', '2026-05-01 12:00:00'), (7, '', '2026-05-01 12:00:00')";
    let query = format!("SELECT * FROM (VALUES {rows}) AS rows(label, user_id, event_timestamp)");
    for spine in [
        query.clone(),
        query.replace('*', "*, 'a message' AS message"),
    ] {
        fixture.file("spine.parquet", &spine);
        assert_eq!(searched(&fixture, &activity()), "1 - - - 3 3 - -");
        let table = fixture.join(service([activity()]));
        assert_eq!(table.column("label"), "1 2 3 4 5 5 6 7");
        assert_eq!(table.column("user_id"), "a - b a b b none ");
    }
}
