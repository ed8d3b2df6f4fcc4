//! Times of every kind are one line of instants.

use featurestore::Dtype;
use featurestore::offline::Spine;
use featurestore::view::Source;

use crate::definitions::{ViewSpec, service};
use crate::materialize::{online, run};
use crate::rules::{HOUR, activity, joined};
use crate::support::{Fixture, time, wait};
use crate::written::{Written, texts, write};

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
fn source_rows_without_a_time_are_never_used() {
    let rows = "('a', NULL, 1), ('a', TIMESTAMP 'infinity', 2), ('a', TIMESTAMP '-infinity', 3), \
                ('b', TIMESTAMP '2026-05-01 10:00:00', 4)";
    let spine = "('a', TIMESTAMP '2026-05-01 12:00:00'), ('b', '2026-05-01 12:00:00')";
    assert_eq!(joined(activity(), rows, spine), "- 4");
}

#[test]
fn a_spine_of_nanoseconds_meets_rows_of_other_centuries() {
    // Whole minutes, whose places are few, and far more than 64 bits of nanoseconds apart.
    let rows = "('a', TIMESTAMP '0001-01-01', 1), ('a', TIMESTAMP '2026-05-01', 2), \
                ('b', TIMESTAMP '2500-01-01', 3)";
    let spine = "('a', TIMESTAMP_NS '2026-05-01 00:00:00'), ('a', '2026-04-30 23:59:59.999999999'), \
                 ('b', '2261-01-01')";
    assert_eq!(joined(activity(), rows, spine), "2 1 -");
}

#[test]
fn times_before_1970_are_as_any_other() {
    for (kind, before) in [("TIMESTAMP", "000001"), ("TIMESTAMP_NS", "000000001")] {
        let early = format!("1969-12-31 23:59:59.{}", "9".repeat(before.len()));
        let rows = format!(
            "('a', {kind} '1900-01-01', 1), ('a', '{early}', 2), ('a', '1970-01-01', 3), \
             ('a', '1970-01-01 00:00:00.{before}', 4)"
        );
        let spine = format!(
            "('a', {kind} '1899-12-31'), ('a', '1900-01-01'), ('a', '{early}'), \
             ('a', '1970-01-01'), ('a', '1970-01-01 00:00:00.{before}')"
        );
        assert_eq!(joined(activity(), &rows, &spine), "- 1 2 3 4", "{kind}");
        let view = ViewSpec {
            ttl: Some(HOUR),
            settling: 1,
            ..activity()
        };
        let spine = "('a', TIMESTAMP '1900-01-01 00:00:00'), ('a', '1900-01-01 00:00:00.000001'), \
                     ('a', '1900-01-01 01:00:00'), ('a', '1900-01-01 01:00:00.000001')";
        assert_eq!(joined(view, &rows, spine), "- 1 1 -", "{kind}");
    }
}

#[test]
fn every_kind_of_source_time_has_bounds_that_lose_no_row() {
    // The bounds of a TTL are in the source's own type, which may be coarser than the spine's.
    for kind in [
        "TIMESTAMP",
        "TIMESTAMP_S",
        "TIMESTAMP_MS",
        "TIMESTAMP_NS",
        "TIMESTAMPTZ",
        "DATE",
    ] {
        let cast = |day: &str| format!("CAST(TIMESTAMP '{day}' AS {kind})");
        let rows = format!(
            "('a', {}, 1), ('b', {}, 2)",
            cast("2026-05-01"),
            cast("2026-05-03")
        );
        let spine = "('a', TIMESTAMP_NS '2026-05-02 00:00:00'), ('b', '2026-05-02 23:59:59.999999999'), \
                     ('b', '2026-05-03 00:00:00')";
        let view = ViewSpec {
            ttl: Some(24 * HOUR),
            ..activity()
        };
        assert_eq!(joined(view.clone(), &rows, spine), "1 - 2", "{kind}");
        let alone = "('a', TIMESTAMP '2026-05-02 00:00:00.000001')";
        assert_eq!(joined(view.clone(), &rows, alone), "-", "{kind}");
        assert_eq!(
            joined(view, &rows, "('a', TIMESTAMP '2026-05-02')"),
            "1",
            "{kind}"
        );
    }
}

/// Writes `activity.parquet` with two rows of user `a`, at these zoned nanoseconds.
fn zoned_nanos(fixture: &Fixture, times: [i64; 2]) {
    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    let schema = "message schema { optional binary user_id (UTF8); \
                  optional int64 event_timestamp (TIMESTAMP(NANOS,true)); optional int64 n; }";
    let schema = parquet::schema::parser::parse_message_type(schema).unwrap();
    let file = std::fs::File::create(fixture.path("activity.parquet")).unwrap();
    let properties = WriterProperties::builder().build().into();
    let mut writer = SerializedFileWriter::new(file, schema.into(), properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let users = vec![ByteArray::from("a"); 2];
    let levels = Some(&[1; 2][..]);
    let users_of = column.typed::<ByteArrayType>();
    users_of.write_batch(&users, levels, None).unwrap();
    column.close().unwrap();
    for values in [times, [1, 2]] {
        let mut column = group.next_column().unwrap().unwrap();
        let values_of = column.typed::<Int64Type>();
        values_of.write_batch(&values, levels, None).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn zoned_nanoseconds_of_a_parquet_file_are_exact_or_refused() {
    const AT: i64 = 1_777_680_000_000_000_000;
    let fixture = Fixture::new();
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('a', TIMESTAMP_NS '2026-05-02 00:00:00.000000999'), ('a', '2026-05-02 00:00:00.000001'), \
         ('a', '2026-05-01 23:59:59.999999999')",
    );
    zoned_nanos(&fixture, [AT, AT + 1000]);
    let table = fixture.join(service([activity()]));
    assert_eq!(table.column("n"), "1 2 -");
    std::fs::remove_file(fixture.path("train.out")).unwrap();
    // DuckDB rounds it down, and would show it a nanosecond before its time.
    zoned_nanos(&fixture, [AT, AT + 1]);
    let error = fixture.error(service([activity()]), Spine::path("spine.parquet"));
    for part in [
        "view `activity` needs exact times",
        "activity.parquet has",
        "the first in row 2",
        "isAdjustedToUTC",
    ] {
        assert!(error.contains(part), "{error}\nlacks {part}");
    }
    let spine = Spine::path("activity.parquet");
    let error = fixture.error(service([ViewSpec::new("spine", &[])]), spine);
    assert!(
        error.contains("the spine of `service` needs exact times"),
        "{error}"
    );
}

#[test]
fn nanoseconds_of_a_feature_are_rounded_down_in_lists_too() {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, seen, days",
        "('a', TIMESTAMP '2026-05-01', TIMESTAMP_NS '1969-12-31 23:59:59.999999999', [TIMESTAMP_NS '1969-12-31 23:59:59.999999001', NULL]), \
         ('b', '2026-05-01', TIMESTAMP_NS '1970-01-01 00:00:00.000001999', []), \
         ('c', '2026-05-01', TIMESTAMP_NS '1969-12-31 23:59:59.999999', NULL)",
    );
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('a', TIMESTAMP '2026-05-02'), ('b', '2026-05-02'), ('c', '2026-05-02')",
    );
    const TIMES: Dtype = Dtype::List {
        item: &Dtype::Timestamp,
        nullable: true,
    };
    let view = || ViewSpec::new("activity", &[("seen", Dtype::Timestamp), ("days", TIMES)]);
    let table = fixture.join(service([view()]));
    assert_eq!(
        table.column("seen"),
        "1969-12-31T23:59:59.999999+00 1970-01-01T00:00:00.000001+00 1969-12-31T23:59:59.999999+00"
    );
    assert_eq!(
        table.column("days"),
        "['1969-12-31T23:59:59.999999+00',TNULL] [] -"
    );
}

/// A source with times of users a and b that are read as microseconds: zoned ones, in a list, and as
/// INT96.
fn rounded(fixture: &Fixture, seen: [i64; 2], days: [Vec<i64>; 2], old: [(u32, u64); 2]) {
    let fields = "required binary user_id (STRING); required int64 event_timestamp (TIMESTAMP(MICROS,true)); \
                  required int64 seen (TIMESTAMP(NANOS,true)); \
                  required group days (LIST) { repeated group list { required int64 element (TIMESTAMP(NANOS,true)); } } \
                  required int96 old;";
    let columns = [
        texts(["a", "b"]),
        Written::I64(vec![1_777_680_000_000_000; 2]),
        Written::I64(seen.to_vec()),
        Written::I64Lists(days.to_vec()),
        Written::I96(old.to_vec()),
    ];
    write(&fixture.path("activity.parquet"), fields, &columns);
}

#[test]
fn zoned_nanoseconds_of_a_feature_are_rounded_down_or_refused_in_every_path() {
    const TIMES: Dtype = Dtype::List {
        item: &Dtype::Timestamp,
        nullable: true,
    };
    let view = || {
        let columns = ["seen", "old"].map(|name| (name, Dtype::Timestamp));
        ViewSpec::new("activity", &[columns[0], columns[1], ("days", TIMES)])
    };
    let fixture = Fixture::new();
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('a', TIMESTAMP '2026-05-02'), ('b', '2026-05-02')",
    );
    let last = 86_399_999_999_999;
    let old = [(u32::MAX, last), (0, 1_999)];
    rounded(&fixture, [-1000, 1999], [vec![-2000, 2999], vec![]], old);
    let table = fixture.join(service([view()]));
    assert_eq!(
        ["seen", "old", "days"].map(|name| table.column(name)),
        [
            "1969-12-31T23:59:59.999999+00 1970-01-01T00:00:00.000001+00",
            "1969-12-31T23:59:59.999999+00 1970-01-01T00:00:00.000001+00",
            "['1969-12-31T23:59:59.999998+00',T'1970-01-01T00:00:00.000002+00'] []",
        ]
    );
    for (seen, days, column) in [
        ([0, -1], [vec![], vec![]], "seen"),
        ([0, 0], [vec![0, 1], vec![5, -1_500]], "days"),
    ] {
        std::fs::remove_file(fixture.path("train.out")).ok();
        rounded(&fixture, seen, days, old);
        let join = fixture.error(service([view()]), Spine::path("spine.parquet"));
        let at = time("2026-06-01T00:00:00Z");
        let snapshot = wait(
            fixture
                .store
                .snapshot_by(service([view()]), at)
                .to_parquet("train.out"),
        );
        let view = view().leak();
        let report = run(&fixture, &[view]);
        let materialized = report.views()[0].error().unwrap().to_string();
        for error in [join, snapshot.unwrap_err().to_string(), materialized] {
            for part in [
                &format!("`{column}` of "),
                "activity.parquet has zoned times before 1970",
                "the first in row 2",
                "rounded down",
            ] {
                assert!(error.contains(part), "{error}\nlacks {part}");
            }
        }
        assert!(online(&fixture, view).is_empty());
    }
}

#[test]
fn a_spines_numbers_beside_zoned_nanoseconds_are_no_times() {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "('a', TIMESTAMP '2026-05-01', 1)",
    );
    let fields = "required binary user_id (STRING); required int64 event_timestamp (TIMESTAMP(MICROS,true)); \
                  required group both { required int64 at (TIMESTAMP(NANOS,true)); required int64 number; }";
    let spine = |at: i64| {
        let columns = [
            texts(["a"]),
            Written::I64(vec![1_777_680_000_000_000]),
            Written::I64(vec![at]),
            Written::I64(vec![7]),
        ];
        write(&fixture.path("spine.parquet"), fields, &columns);
    };
    spine(5000);
    assert_eq!(fixture.join(service([activity()])).column("n"), "1");
    std::fs::remove_file(fixture.path("train.out")).unwrap();
    spine(5001);
    let error = fixture.error(service([activity()]), Spine::path("spine.parquet"));
    assert!(error.contains("`both` of"), "{error}");
}

fn queried(sql: &'static str, columns: &[(&'static str, Dtype)]) -> ViewSpec {
    ViewSpec {
        source: Source::Sql(sql),
        ..ViewSpec::new("activity", columns)
    }
}

#[test]
fn zoned_nanoseconds_in_a_query_are_exact_or_refused() {
    const AT: i64 = 1_777_680_000_000_000_000;
    let fixture = Fixture::new();
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('a', TIMESTAMP_NS '2026-05-02 00:00:00.000000999'), ('a', '2026-05-02 00:00:00.000001')",
    );
    let view = |sql| queried(sql, &[("n", Dtype::I64)]);
    for sql in [
        "FROM 'activity.parquet'",
        "SELECT user_id, Event_Timestamp, n FROM read_parquet('*ivity.parquet')",
        "SELECT * EXCLUDE (event_timestamp), event_timestamp AS event_timestamp FROM 'activity.parquet'",
        "SELECT user_id, event_timestamp + INTERVAL 0 SECOND AS event_timestamp, n FROM 'activity.parquet'",
        "SELECT user_id, moment AS event_timestamp, n FROM 'activity.parquet' rows(user_id, moment, n)",
        "SELECT user_id, event_timestamp AS later, later AS event_timestamp, n FROM 'activity.parquet'",
        "WITH rows AS (FROM 'activity.parquet') SELECT user_id, event_timestamp, n FROM rows",
        "SELECT a.user_id, a.event_timestamp, b.n FROM 'activity.parquet' a JOIN 'activity.parquet' b USING (user_id, n)",
        "SELECT user_id, whole.event_timestamp, n FROM (SELECT user_id, n, rows AS whole FROM 'activity.parquet' rows)",
        "SELECT activity.user_id, (activity).event_timestamp AS event_timestamp, n FROM 'activity.parquet'",
        "SELECT user_id, max(event_timestamp) AS event_timestamp, n FROM 'activity.parquet' GROUP BY ALL",
    ] {
        zoned_nanos(&fixture, [AT, AT + 1000]);
        assert_eq!(
            fixture.join(service([view(sql)])).column("n"),
            "1 2",
            "{sql}"
        );
        std::fs::remove_file(fixture.path("train.out")).unwrap();
        zoned_nanos(&fixture, [AT, AT + 1]);
        let error = fixture.error(service([view(sql)]), Spine::path("spine.parquet"));
        for part in [
            "view `activity` needs exact times, and `event_timestamp` of ",
            "activity.parquet has",
            "the first in row 2",
        ] {
            assert!(error.contains(part), "{sql}: {error}\nlacks {part}");
        }
        let report = run(&fixture, &[view(sql).leak()]);
        let error = report.views()[0].error().unwrap().to_string();
        assert!(error.contains("needs exact times"), "{sql}: {error}");
        let spine = fixture.error(service([activity()]), Spine::sql(sql));
        assert!(
            spine.contains("the spine of `service` needs exact times"),
            "{sql}: {spine}"
        );
    }
}

#[test]
fn zoned_nanoseconds_of_a_querys_feature_are_rounded_down_or_refused() {
    let fixture = Fixture::new();
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('a', TIMESTAMP '2026-05-02'), ('b', '2026-05-02')",
    );
    let view = |sql| queried(sql, &[("seen", Dtype::Timestamp)]);
    let old = [(0, 1_999), (0, 1_999)];
    for sql in [
        "SELECT user_id, event_timestamp, seen FROM 'activity.parquet'",
        "SELECT user_id, event_timestamp, coalesce(seen, event_timestamp) AS seen FROM 'activity.parquet'",
        "SELECT user_id, event_timestamp, first(seen) AS seen FROM 'activity.parquet' GROUP BY 1, 2",
    ] {
        rounded(&fixture, [-1000, 1999], [vec![-1], vec![]], old);
        let table = fixture.join(service([view(sql)]));
        assert_eq!(
            table.column("seen"),
            "1969-12-31T23:59:59.999999+00 1970-01-01T00:00:00.000001+00",
            "{sql}"
        );
        std::fs::remove_file(fixture.path("train.out")).unwrap();
        rounded(&fixture, [0, -1], [vec![], vec![]], old);
        let error = fixture.error(service([view(sql)]), Spine::path("spine.parquet"));
        for part in [
            "`seen` of ",
            "zoned times before 1970",
            "the first in row 2",
        ] {
            assert!(error.contains(part), "{sql}: {error}\nlacks {part}");
        }
    }
    // What a query does not name is none of its columns.
    rounded(&fixture, [0, 0], [vec![-1], vec![]], old);
    let sql =
        "SELECT user_id, event_timestamp, max(seen) AS seen FROM 'activity.parquet' GROUP BY ALL";
    let table = fixture.join(service([view(sql)]));
    let epoch = "1970-01-01T00:00:00+00";
    assert_eq!(table.column("seen"), format!("{epoch} {epoch}"));
}
