//! Which of several rows with equal event times is used.

use featurestore::Dtype;
use featurestore::offline::{OfflineSettings, Search, Spine};
use featurestore::view::Source;

use crate::definitions::{ViewSpec, service};
use crate::rules::{activity, joined};
use crate::support::{Fixture, read, run_sql, time, wait};

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
        source: featurestore::view::Source::Glob("activity-*.parquet"),
        ..activity()
    };
    let service = service([view]);
    let expected: Vec<String> = (0..200).map(|i| (249_900 + i % 100).to_string()).collect();
    for _ in 0..5 {
        assert_eq!(fixture.join(service).column("n"), expected.join(" "));
    }
}

#[test]
fn the_last_row_wins_among_equals_wherever_the_source_is() {
    let rows = "SELECT 'u' || (i % 7) AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, \
                CAST(i AS BIGINT) AS n FROM range(10000) AS r(i) ORDER BY i";
    let fixture = Fixture::new();
    fixture.file(
        "spine.parquet",
        "SELECT 'u' || i AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp FROM range(7) AS r(i)",
    );
    let database = fixture.path("tables.duckdb");
    run_sql(&format!(
        "ATTACH '{}' AS written; CREATE TABLE written.activity AS {rows}; \
         CREATE VIEW written.seen AS SELECT * FROM activity; DETACH written",
        database.display()
    ));
    fixture
        .file("activity.parquet", rows)
        .file("activity.csv", rows)
        .file("activity.json", rows);
    let expected: Vec<String> = (0..7)
        .map(|user| {
            let last = (9993..10_000).find(|row| row % 7 == user).unwrap();
            last.to_string()
        })
        .collect();
    for source in [
        Source::Path("activity.parquet"),
        Source::Path("activity.csv"),
        Source::Path("activity.json"),
        Source::Table("activity"),
        Source::Table("seen"),
        Source::Sql(rows),
    ] {
        let view = ViewSpec {
            source,
            ..activity()
        };
        for search in [Search::Sorted, Search::Pairs] {
            let settings = OfflineSettings::new().search(search).database(&database);
            let store = fixture.open(settings);
            let join = store.historical_by(service([view.clone()]), Spine::path("spine.parquet"));
            let report = wait(join.to_parquet("train.out")).unwrap();
            let table = read(report.path().unwrap());
            assert_eq!(
                table.column("n"),
                expected.join(" "),
                "{source}, {search:?}"
            );
        }
    }
}

#[test]
fn the_last_row_wins_among_equals_across_row_groups_and_files_of_a_glob() {
    let fixture = Fixture::new();
    // The files' own order is that of their names, whatever their sizes.
    for (file, rows) in [("a", 9000), ("b", 10), ("c", 1)] {
        let query = format!(
            "SELECT 'u' AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, \
             CAST(ascii('{file}') * 10000 + i AS BIGINT) AS n FROM range({rows}) AS r(i)"
        );
        fixture.file(&format!("activity-{file}.parquet"), &query);
    }
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('u', TIMESTAMP '2026-05-02')",
    );
    for (glob, last) in [
        ("activity-*.parquet", "990000"),
        ("activity-[ab].parquet", "980009"),
        ("activity-a*.parquet", "978999"),
    ] {
        let view = ViewSpec {
            source: Source::Path(glob),
            ..activity()
        };
        assert_eq!(fixture.join(service([view])).column("n"), last, "{glob}");
    }
}

/// Rows of one event time, created at 10:00, 11:00 and a time that is not known.
fn created(known_at: &str, spine: &str) -> String {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, created, n",
        "('a', TIMESTAMP '2026-05-01', TIMESTAMP_NS '2026-05-01 10:00:00', 1), \
         ('a', '2026-05-01', '2026-05-01 11:00:00', 2), \
         ('b', '2026-05-01', NULL, 3), ('b', '2026-05-01', '2026-05-01 11:00:00.000000001', 4), \
         ('c', '2026-05-01', '2026-05-01 11:00:00.000000001', 5)",
    );
    fixture.rows(
        "plain",
        "user_id, event_timestamp, always",
        "('a', TIMESTAMP '2026-05-01', 9)",
    );
    fixture.rows("spine", "user_id, event_timestamp", spine);
    let view = ViewSpec {
        created: Some("created"),
        ..activity()
    };
    let plain = ViewSpec::new("plain", &[("always", Dtype::I64)]);
    let join = fixture
        .store
        .historical_by(service([view, plain]), Spine::path("spine.parquet"));
    let report = wait(join.known_at(time(known_at)).to_parquet("train.out")).unwrap();
    let table = read(report.path().unwrap());
    format!("{} | {}", table.column("n"), table.column("always"))
}

#[test]
fn rows_created_after_the_time_that_is_known_are_not_used_and_null_ones_are() {
    let spine = "('a', TIMESTAMP '2026-05-02'), ('b', '2026-05-02'), ('c', '2026-05-02')";
    assert_eq!(
        created("2026-05-01T09:59:59.999999Z", spine),
        "- 3 - | 9 - -"
    );
    assert_eq!(created("2026-05-01T10:00:00Z", spine), "1 3 - | 9 - -");
    assert_eq!(created("2026-05-01T11:00:00Z", spine), "2 3 - | 9 - -");
    assert_eq!(
        created("2026-05-01T11:00:00.000001Z", spine),
        "2 4 5 | 9 - -"
    );
}
