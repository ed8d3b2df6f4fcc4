//! Ways to write a Parquet column that have no dtype of their own: INT96, and dictionary pages.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use featurestore::prelude::*;
use featurestore_schema::footer::read_footer;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::Int96;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::support::{Fixture, listed, now, or_null, quoted, wait};

#[feature_view(entity = "user_id", source = "int96.parquet")]
#[derive(Debug)]
pub(crate) struct Visit {
    pub(crate) user_id: i64,
    pub(crate) event_timestamp: Timestamp,
    pub(crate) seen: Option<Timestamp>,
}

#[feature_service]
#[derive(Debug)]
pub(crate) struct Visits {
    #[from(Visit)]
    pub(crate) seen: Option<Timestamp>,
}

/// A number of nanoseconds since 1970 as INT96 has it: those of the day, and the Julian day.
fn int96(nanos: i128) -> Int96 {
    const DAY: i128 = 86_400_000_000_000;
    let day = u32::try_from(nanos.div_euclid(DAY) + 2_440_588).unwrap();
    let of_day = u64::try_from(nanos.rem_euclid(DAY)).unwrap();
    let [low, high] = [of_day & u64::from(u32::MAX), of_day >> 32];
    let mut value = Int96::new();
    value.set_data(low.try_into().unwrap(), high.try_into().unwrap(), day);
    value
}

/// A time, and nanoseconds that it does not hold.
fn nanos(time: Timestamp, more: i128) -> i128 {
    i128::from(time.timestamp_micros()) * 1000 + more
}

fn write_visits(path: &Path, rows: &[(i64, i128, Option<i128>)]) {
    let schema = parse_message_type(
        "message visits { required int64 user_id; required int96 event_timestamp; optional int96 seen; }",
    );
    let file = File::create(path).unwrap();
    let schema = Arc::new(schema.unwrap());
    let mut file = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
    let mut group = file.next_row_group().unwrap();
    let users: Vec<i64> = rows.iter().map(|row| row.0).collect();
    let events: Vec<Int96> = rows.iter().map(|row| int96(row.1)).collect();
    let seen: Vec<Int96> = rows.iter().filter_map(|row| row.2).map(int96).collect();
    let levels: Vec<i16> = rows.iter().map(|row| row.2.is_some().into()).collect();
    let mut required = [events].into_iter();
    while let Some(mut column) = group.next_column().unwrap() {
        let written = match column.untyped() {
            ColumnWriter::Int64ColumnWriter(writer) => writer.write_batch(&users, None, None),
            ColumnWriter::Int96ColumnWriter(writer) => match required.next() {
                Some(events) => writer.write_batch(&events, None, None),
                None => writer.write_batch(&seen, Some(&levels), None),
            },
            _ => panic!("no such column"),
        };
        written.unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    file.close().unwrap();
}

#[test]
fn int96_is_read_to_the_microsecond() {
    let event: Timestamp = "2026-05-01T10:00:00.123456Z".parse().unwrap();
    let times = [
        "2026-04-30T23:59:59.999999Z",
        "1969-12-31T23:59:59.999999Z",
        "0001-01-01T00:00:00.000001Z",
    ];
    let times = times.map(|time| time.parse::<Timestamp>().unwrap());
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("int96.parquet");
    let rows = [
        (0, nanos(event, 0), Some(nanos(times[0], 999))),
        (1, nanos(now(), 0), Some(nanos(times[1], 1))),
        (1, nanos(now(), 1000), Some(nanos(times[0], 0))),
        (2, nanos(now(), -1000), Some(nanos(times[2], 0))),
        (3, nanos(event, 0), None),
        (4, nanos(now(), 1000), Some(nanos(times[0], 0))),
    ];
    write_visits(&path, &rows);
    let columns: Vec<_> = read_footer(&path)
        .unwrap()
        .columns
        .iter()
        .map(|(name, column)| format!("{name} {}", column.dtype))
        .collect();
    assert_eq!(
        columns,
        [
            "event_timestamp timestamp(ns)",
            "seen timestamp(ns)",
            "user_id i64"
        ]
    );

    let fixture = Fixture::over(directory);
    let report = fixture.materialize::<Visit>();
    assert!(report.is_ok(), "{report:?}");
    assert_eq!(report.views()[0].written(), 4);
    let seen: Vec<_> = fixture
        .values::<Visits>(5)
        .iter()
        .map(|row| row.seen)
        .collect();
    let [first, second, third] = times.map(Some);
    assert_eq!(seen, [first, second, third, None, None]);
    let found = |user| wait(fixture.store.get::<Visit>(&user)).unwrap().found();
    let before = Timestamp::from_timestamp_micros(now().timestamp_micros() - 1).unwrap();
    for (user, expected) in (0..).zip([event, now(), before, event]) {
        assert_eq!(found(user).unwrap().event_timestamp, expected);
    }
    assert!(found(4).is_none());

    let before = Timestamp::from_timestamp_micros(event.timestamp_micros() - 1).unwrap();
    let spine = Spine::rows([(0, before), (0, event)]);
    let seen = fixture.trained::<Visits>(spine).unwrap();
    let seen: Vec<_> = seen.iter().map(|row| row.features.seen).collect();
    assert_eq!(seen, [None, first]);
}

/// Rounded down, an event would be seen up to 999 ns before it is.
#[test]
fn int96_event_times_finer_than_a_microsecond_are_refused() {
    let event: Timestamp = "2026-05-01T10:00:00.123456Z".parse().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("int96.parquet");
    let rows = [
        (0, nanos(event, 0), Some(nanos(event, 0))),
        (1, nanos(event, 789), None),
    ];
    write_visits(&path, &rows);
    let fixture = Fixture::over(directory);
    let message = fixture
        .trained::<Visits>(Spine::rows([(0, event)]))
        .unwrap_err()
        .to_string();
    for text in [
        "view `visit` needs exact times",
        "`event_timestamp` of",
        "int96.parquet has INT96 or zoned times with nanoseconds, the first in row 2",
        "TIMESTAMP(NANOS)",
    ] {
        assert!(message.contains(text), "{message}");
    }
    let report = fixture.materialize::<Visit>();
    let message = report.views()[0].error().unwrap().to_string();
    assert!(message.contains("in row 2"), "{message}");
}

/// As pandas writes times with a zone; `DuckDB` reads them as it does INT96.
#[test]
fn zoned_nanoseconds_finer_than_a_microsecond_are_refused() {
    let event: Timestamp = "2026-05-01T10:00:00.123456Z".parse().unwrap();
    for (more, refused) in [(0, false), (789, true)] {
        let directory = tempfile::tempdir().unwrap();
        let file = File::create(directory.path().join("int96.parquet")).unwrap();
        let schema = parse_message_type(
            "message visits { required int64 user_id; \
             optional int64 event_timestamp (TIMESTAMP(NANOS, true)); \
             required int64 seen (TIMESTAMP(NANOS, true)); }",
        );
        let schema = Arc::new(schema.unwrap());
        let mut file = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
        let mut group = file.next_row_group().unwrap();
        let exact = i64::try_from(nanos(event, 0)).unwrap();
        let finer = i64::try_from(nanos(event, more)).unwrap();
        // The second row has no time; the third one's is the second value.
        let columns: [(&[i64], Option<&[i16]>); 3] = [
            (&[0, 1, 2], None),
            (&[exact, finer], Some(&[1, 0, 1])),
            (&[finer, finer, finer], None),
        ];
        for (values, levels) in columns {
            let mut column = group.next_column().unwrap().unwrap();
            let ColumnWriter::Int64ColumnWriter(writer) = column.untyped() else {
                panic!("not a column of 64 bits");
            };
            writer.write_batch(values, levels, None).unwrap();
            column.close().unwrap();
        }
        group.close().unwrap();
        file.close().unwrap();
        let fixture = Fixture::over(directory);
        match fixture.trained::<Visits>(Spine::rows([(0, event)])) {
            Ok(rows) => {
                assert!(!refused);
                assert_eq!(rows[0].features.seen, Some(event));
            }
            Err(error) => {
                assert!(refused, "{error}");
                let message = error.to_string();
                assert!(message.contains("the first in row 3"), "{message}");
            }
        }
    }
}

#[feature_view(entity = "user_id", source = "dictionary_pages.parquet")]
#[derive(Debug)]
pub(crate) struct Title {
    pub(crate) user_id: i64,
    pub(crate) event_timestamp: Timestamp,
    pub(crate) title: Option<String>,
}

#[feature_service]
#[derive(Debug)]
pub(crate) struct Titles {
    #[from(Title)]
    pub(crate) title: Option<String>,
}

#[test]
fn texts_in_a_dictionary_come_out_as_they_went_in() {
    const ROWS: usize = 3000;
    let texts = [Some("drama"), None, Some(""), Some("日本 🎬"), Some("NULL")];
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("dictionary_pages.parquet");
    let path = path.to_str().unwrap();
    let list = listed(texts.map(|text| or_null(&text, |text| quoted(text))));
    let connection = duckdb::Connection::open_in_memory().unwrap();
    connection
        .execute_batch(&format!(
            "COPY (SELECT u::BIGINT AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, \
             ({list})[u % {} + 1] AS title FROM range({ROWS}) AS rows(u)) TO '{path}' (FORMAT parquet)",
            texts.len()
        ))
        .unwrap();
    let encodings: String = connection
        .query_row(
            &format!(
                "SELECT string_agg(encodings) FROM parquet_metadata('{path}') \
                 WHERE path_in_schema = 'title'"
            ),
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert!(encodings.contains("DICTIONARY"), "{encodings}");

    let fixture = Fixture::over(directory);
    let report = fixture.materialize::<Title>();
    assert!(report.is_ok(), "{report:?}");
    let found = fixture.values::<Titles>(ROWS);
    for (row, expected) in found.iter().zip(texts.iter().cycle()) {
        assert_eq!(row.title.as_deref(), *expected);
    }
}
