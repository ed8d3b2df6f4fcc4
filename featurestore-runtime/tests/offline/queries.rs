//! Declared queries: where their paths start, and how their mistakes are told.

use featurestore::offline::{OfflineSettings, Spine};
use featurestore::view::Source;

use crate::definitions::{ViewSpec, service, text};
use crate::rules::activity;
use crate::support::{Fixture, wait};

/// A row of user `a` whose `n` is `n`.
fn row(fixture: &Fixture, name: &str, n: i64) {
    let rows = "SELECT 'a' AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, CAST";
    fixture.file(name, &format!("{rows}({n} AS BIGINT) AS n"));
}

fn over(sql: &str) -> ViewSpec {
    ViewSpec {
        source: Source::Sql(text(sql.to_owned())),
        ..activity()
    }
}

/// A spine below the data root, and sources there and below `below`.
fn fixture(below: &str) -> Fixture {
    let fixture = Fixture::new();
    std::fs::create_dir_all(fixture.path(&format!("{below}/data"))).unwrap();
    for name in [
        "spine.parquet",
        "data/one.csv",
        "data/two.csv",
        "data/three.parquet",
        "it's.csv",
    ] {
        let n = i64::try_from(name.len()).unwrap();
        row(&fixture, &format!("{below}/{name}"), n);
    }
    let spine = format!("{below}/spine.parquet");
    fixture.file(
        &spine,
        "SELECT 'a' AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp",
    );
    fixture
}

#[test]
fn the_paths_of_a_query_start_at_the_data_root_wherever_they_stand() {
    for below in ["plain", "r[1]*", "it's"] {
        let fixture = fixture(below);
        let store = fixture.open_below(below, OfflineSettings::new());
        for (sql, n) in [
            ("FROM 'data/one.csv'", "12"),
            (
                "SELECT * FROM \"data/one.csv\" WHERE 'data/two.csv' <> ''",
                "12",
            ),
            (
                "SELECT * FROM read_csv('data/one.csv', header = true)",
                "12",
            ),
            (
                "SELECT * FROM read_csv(['it''s.csv']) -- 'data/one.csv'",
                "8",
            ),
            ("SELECT * FROM read_parquet('data/*.parquet')", "18"),
            (
                "/* é */ WITH one AS (FROM 'data/one.csv') SELECT * FROM one",
                "12",
            ),
            (
                "WITH \"data/one.csv\" AS (FROM 'data/two.csv') FROM \"data/one.csv\"",
                "12",
            ),
            (
                "SELECT * REPLACE ((SELECT max(n) FROM 'data/three.parquet') AS n) FROM 'data/one.csv'",
                "18",
            ),
            (
                "SELECT one.* FROM 'data/one.csv' one JOIN 'data/two.csv' two USING (user_id);",
                "12",
            ),
        ] {
            let view = service([over(sql)]);
            let spine = Spine::sql("SELECT * FROM 'spine.parquet'");
            let join = store.historical_by(view, spine);
            let path = fixture.path("result.parquet");
            wait(join.to_parquet(&path)).unwrap_or_else(|error| panic!("{below}, {sql}: {error}"));
            let result = crate::support::read(&path).column("n");
            assert_eq!(result, n, "{below}, {sql}");
        }
    }
}

#[test]
fn a_mistake_in_a_query_is_told_by_line_and_column() {
    let fixture = fixture("plain");
    for (sql, part) in [
        (
            "SELECT user_id,\n  event_timestamp\nFORM 'data/one.csv'",
            "line 3, column 6 (`'data/one.csv'`): syntax error",
        ),
        (
            "SELECT *\nFROM 'plain/data/one.csv', 'plain/data/two.csv' t\nWHERE é + cuont > 1",
            "line 3, column 7 (`é + cuont > 1`): Referenced column \"é\" not found",
        ),
        (
            "SELECT user_id, sumn(n) FROM 'plain/data/one.csv'",
            "line 1, column 17 (`sumn(n) FROM 'plain/data/one.csv'`): Scalar Function with name sumn does not exist!",
        ),
        ("SELECT (1", "syntax error"),
        (
            "FROM plays",
            "line 1, column 6 (`plays`): Table with name plays does not exist!",
        ),
    ] {
        let error = fixture.error(service([over(sql)]), Spine::parquet("plain/spine.parquet"));
        assert!(error.starts_with("view `activity` can't read `"), "{error}");
        assert!(
            error.contains(sql) && error.contains(part),
            "{error}\nlacks {part}"
        );
    }
    let error = fixture.error(service([activity()]), Spine::sql("SELEC 1"));
    let start =
        "the spine of `service` can't read the spine's query, line 1, column 7 (`1`): syntax error";
    assert!(error.starts_with(start), "{error}");
}

#[test]
fn a_query_names_files_of_this_machine_by_plain_texts() {
    let fixture = fixture("plain");
    for (sql, part) in [
        (
            "FROM 's3://bucket/a.parquet'",
            "view `activity`: `s3://bucket/a.parquet` is an address",
        ),
        (
            "FROM read_csv('data/' || 'one.csv')",
            "column 23 (`|| 'one.csv')`): a file is named by a plain text here",
        ),
        (
            "FROM query('FROM ''data/one.csv''')",
            "a file is named by a plain text here",
        ),
        (
            "FROM read_csv($$data/one.csv$$)",
            "column 15 (`$$data/one.csv$$)`): write the path `data/one.csv` in single quotes",
        ),
        ("INSERT INTO x VALUES (1)", "syntax error"),
        (
            "PIVOT 'plain/data/one.csv' ON n USING max(n)",
            "only a query that selects can be a source",
        ),
        ("FROM 'plain/data/none.csv'", "no file matches it"),
    ] {
        let error = fixture.error(service([over(sql)]), Spine::parquet("plain/spine.parquet"));
        assert!(error.contains(part), "{sql}: {error}\nlacks {part}");
    }
}
