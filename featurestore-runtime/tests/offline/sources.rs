//! Where views read from.

use featurestore::Dtype;
use featurestore::offline::{OfflineSettings, Search, Spine};
use featurestore::view::Source;

use crate::definitions::{ColumnSpec, ViewSpec, service};
use crate::rules::{HOUR, activity};
use crate::support::{Fixture, run_sql, wait};

#[test]
fn sources_come_from_csv_json_and_sql() {
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

fn spine(fixture: &Fixture) {
    let rows = "('a', TIMESTAMP '2026-05-02'), ('b', '2026-05-02'), ('c', '2026-05-02')";
    fixture.rows("spine", "user_id, event_timestamp", rows);
}

fn over(source: Source) -> ViewSpec {
    ViewSpec {
        source,
        ..activity()
    }
}

/// A fixture whose store has `statements` in its database, after `ATTACH .. AS written`.
fn database(statements: &str) -> Fixture {
    let fixture = Fixture::with(OfflineSettings::new().database("tables.duckdb"));
    let path = fixture.path("tables.duckdb");
    run_sql(&format!(
        "ATTACH '{}' AS written; {statements} DETACH written",
        path.display()
    ));
    spine(&fixture);
    fixture
}

const ROWS: &str = "SELECT * FROM (VALUES ('a', TIMESTAMP '2026-05-01', 1), ('b', '2026-05-01', 2), \
                    ('b', '2026-05-03', 3)) AS r(user_id, event_timestamp, n)";

#[test]
fn a_folder_of_partitions_has_their_columns_as_features_and_as_keys() {
    let fixture = Fixture::new();
    let path = fixture.path("parts");
    run_sql(&format!(
        "COPY (SELECT *, 'shop-' || n AS shop FROM ({ROWS})) TO '{}' \
         (FORMAT parquet, PARTITION_BY (user_id, n))",
        path.display()
    ));
    let view = ViewSpec {
        source: Source::Path("parts"),
        ..ViewSpec::new("activity", &[("n", Dtype::I64), ("shop", Dtype::String)])
    };
    // The second spine's keys leave out the first of the files.
    let (all, last) = (
        "('a', TIMESTAMP '2026-05-02'), ('b', '2026-05-02'), ('c', '2026-05-02')",
        "('b', TIMESTAMP '2026-05-04')",
    );
    for (rows, n, shop) in [(all, "1 2 -", "shop-1 shop-2 -"), (last, "3", "shop-3")] {
        fixture.rows("spine", "user_id, event_timestamp", rows);
        for search in [Search::Sorted, Search::Pairs] {
            let store = fixture.open(OfflineSettings::new().search(search));
            let join = store.historical_by(service([view.clone()]), Spine::path("spine.parquet"));
            let report = wait(join.to_parquet("train.out")).unwrap();
            let table = crate::support::read(report.path().unwrap());
            assert_eq!(table.column("n"), n, "{search:?}");
            assert_eq!(table.column("shop"), shop, "{search:?}");
        }
    }
    let view = ViewSpec {
        source: Source::Glob("parts/*/n=[12]/*.parquet"),
        ..view
    };
    assert_eq!(fixture.join(service([view])).column("n"), "2");
}

#[test]
fn tables_and_views_of_the_database_are_sources() {
    let fixture = database(&format!(
        "CREATE TABLE written.events AS {ROWS}; CREATE VIEW written.seen AS FROM events; \
         CREATE SCHEMA written.warehouse; CREATE TABLE written.warehouse.events AS {ROWS} LIMIT 1; \
         CREATE TABLE written.\"odd \"\"name\" AS {ROWS}; "
    ));
    for (table, found) in [
        ("events", "1 2 -"),
        ("seen", "1 2 -"),
        ("main.events", "1 2 -"),
        ("warehouse.events", "1 - -"),
        ("odd \"name", "1 2 -"),
    ] {
        let table_of = service([over(Source::Table(table))]);
        assert_eq!(fixture.join(table_of).column("n"), found, "{table}");
    }
}

#[test]
fn rows_of_a_table_that_were_deleted_are_not_used_and_places_still_order_the_rest() {
    let fixture = database(
        "CREATE TABLE written.events AS SELECT 'a' AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, \
         CAST(i AS BIGINT) AS n FROM range(5000) AS r(i); DELETE FROM written.events WHERE n > 4000 OR n < 900; ",
    );
    let settings = OfflineSettings::new().database("tables.duckdb");
    for search in [Search::Sorted, Search::Pairs] {
        let store = fixture.open(settings.clone().search(search));
        let join = store.historical_by(
            service([over(Source::Table("events"))]),
            Spine::path("spine.parquet"),
        );
        let report = wait(join.to_parquet("train.out")).unwrap();
        let table = crate::support::read(report.path().unwrap());
        assert_eq!(table.column("n"), "4000 - -", "{search:?}");
    }
}

fn refused(fixture: &Fixture, table: &'static str, parts: &[&str]) {
    let view = over(Source::Table(table));
    let error = fixture.error(service([view]), Spine::path("spine.parquet"));
    for part in parts {
        assert!(error.contains(part), "{error}\nlacks {part}");
    }
}

#[test]
fn a_database_or_table_that_is_not_there_is_named_with_the_way_out() {
    let way_out =
        "it is named by --database, FEATURESTORE_DATABASE, or `OfflineSettings::database`";
    let fixture = database(&format!("CREATE TABLE written.events AS {ROWS};"));
    refused(
        &fixture,
        "event",
        &["view `activity` can't read table `event`", "event"],
    );
    refused(&fixture, "warehouse.events", &["table `warehouse.events`"]);
    let path = fixture.path("tables.duckdb");
    std::fs::write(
        &path,
        "no database at all, only some text that is long enough",
    )
    .unwrap();
    let name = format!("the database {} can't be read", path.display());
    refused(&fixture, "events", &[&name, way_out]);
    std::fs::remove_file(&path).unwrap();
    refused(
        &fixture,
        "events",
        &[&name, "there is no such file", way_out],
    );
    std::fs::create_dir(&path).unwrap();
    refused(&fixture, "events", &[&name, way_out]);
}

#[test]
fn a_database_is_only_read() {
    let fixture = database(&format!("CREATE TABLE written.events AS {ROWS};"));
    let path = fixture.path("tables.duckdb");
    let before = std::fs::read(&path).unwrap();
    fixture.join(service([over(Source::Table("events"))]));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let left: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn several_views_of_one_source_read_it_once() {
    let fixture = Fixture::new();
    spine(&fixture);
    // Read twice, it would give other numbers.
    let source = Source::Sql(
        "SELECT user_id, TIMESTAMP '2026-05-01' AS event_timestamp, random() AS r \
         FROM (VALUES ('a'), ('b'), ('c')) AS v(user_id)",
    );
    let view = |name, settling, ttl| ViewSpec {
        source,
        settling,
        ttl,
        columns: vec![ColumnSpec::nullable(name, "r", Dtype::F64)],
        ..ViewSpec::new(name, &[])
    };
    // The first two find their rows in one search, the third in another one.
    let views = [
        view("one", 0, None),
        view("two", 0, Some(100 * HOUR)),
        view("three", HOUR, None),
    ];
    let table = fixture.join(service(views));
    let one = table.column("one");
    assert!(!one.contains('-'), "{one}");
    assert_eq!(one, table.column("two"));
    assert_eq!(one, table.column("three"));
}

#[test]
fn a_query_may_name_files_and_end_in_a_comment() {
    let fixture = Fixture::new();
    spine(&fixture);
    fixture.file("rows.csv", ROWS);
    let path = fixture.path("rows.csv");
    let sql = format!(
        "-- rows of a file\nFROM read_csv('{}') -- all",
        path.display()
    );
    let view = over(Source::Sql(crate::definitions::text(sql)));
    assert_eq!(fixture.join(service([view])).column("n"), "1 2 -");
}

#[test]
fn an_address_is_refused_and_never_taken_for_a_path() {
    let fixture = Fixture::new();
    spine(&fixture);
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "('a', TIMESTAMP '2026-05-01', 1)",
    );
    // What a path made of the address would lead to.
    let taken = fixture.path("s3:/bucket");
    std::fs::create_dir_all(&taken).unwrap();
    for name in ["activity.parquet", "spine.parquet"] {
        std::fs::copy(fixture.path(name), taken.join(name)).unwrap();
    }
    let is_refused = |message: &str, what: &str, name: &str| {
        let sentence =
            format!("{what}: `s3://bucket/{name}` is an address, and only files of this machine");
        assert!(message.starts_with(&sentence), "{message}");
        assert!(
            message.ends_with("name a local path, and copy the file from or to the address"),
            "{message}"
        );
    };
    let remote = || over(Source::Url("s3://bucket/activity.parquet"));
    let elsewhere = service([remote()]);
    let error = fixture.error(elsewhere, Spine::parquet("spine.parquet"));
    is_refused(&error, "view `activity`", "activity.parquet");
    let key = vec![featurestore::Value::Str("a".to_owned())];
    let at = crate::support::time("2026-05-02T00:00:00Z");
    let error = wait(async { fixture.store.explain_by(elsewhere, key, at).await });
    is_refused(
        &error.unwrap_err().to_string(),
        "view `activity`",
        "activity.parquet",
    );
    let materialized = wait(fixture.store.materialize().views([remote().leak()]).run()).unwrap();
    let error = materialized.views()[0].error().unwrap().to_string();
    is_refused(&error, "view `activity`", "activity.parquet");

    let local = service([activity()]);
    let error = fixture.error(local, Spine::parquet("s3://bucket/spine.parquet"));
    is_refused(&error, "the spine of `service`", "spine.parquet");
    let join = fixture
        .store
        .historical_by(local, Spine::parquet("spine.parquet"));
    let error = wait(join.to_parquet("s3://bucket/train.parquet")).unwrap_err();
    is_refused(&error.to_string(), "the training set", "train.parquet");
    let quarantine = fixture
        .store
        .materialize()
        .quarantine("s3://bucket/bad.parquet");
    let error = wait(quarantine.run()).unwrap_err().to_string();
    assert!(
        error.contains("`s3://bucket/bad.parquet` is an address"),
        "{error}"
    );
    let root = featurestore::FeatureStore::builder("test")
        .registry(featurestore::registry![])
        .data_root("s3://bucket");
    let error = wait(root.open()).unwrap_err().to_string();
    assert!(
        error.starts_with("data_root: `s3://bucket` is an address"),
        "{error}"
    );
}

#[test]
fn what_is_explained_may_come_from_a_path_a_glob_a_query_and_a_table() {
    let fixture = database(&format!("CREATE TABLE written.activity AS {ROWS};"));
    fixture.file("activity.parquet", ROWS);
    for source in [
        Source::Path("activity.parquet"),
        Source::Glob("act*.parquet"),
        Source::Sql(ROWS),
        Source::Table("activity"),
    ] {
        let key = vec![featurestore::Value::Str("b".to_owned())];
        let at = crate::support::time("2026-05-02T00:00:00Z");
        let service = service([over(source)]);
        let why = wait(async { fixture.store.explain_by(service, key, at).await });
        let why = why.unwrap_or_else(|error| panic!("{source}: {error}"));
        let view = &why.views()[0];
        let winner = view.winner().unwrap();
        assert_eq!(
            winner.values(),
            [Some(featurestore::Value::Int(2))],
            "{source}"
        );
        assert_eq!((view.rows(), winner.place().row()), (2, 2), "{source}");
    }
}

#[test]
fn columns_of_a_source_may_have_the_names_of_ours() {
    let names = [
        "row_event",
        "row_place",
        "row_order",
        "join_key_0",
        "feature_0",
        "spine_row",
    ];
    let values = names.iter().zip(1..);
    let columns: Vec<String> = values
        .map(|(name, value)| format!("CAST(n * 10 + {value} AS BIGINT) AS {name}"))
        .collect();
    let rows = format!(
        "SELECT 'a' AS user_id, TIMESTAMP '2026-05-01' + to_seconds(n) AS event_timestamp, \
         TIMESTAMP '2026-05-01' AS row_created, {} FROM range(1, 4) AS r(n)",
        columns.join(", ")
    );
    for (search, created) in [
        (Search::Sorted, None),
        (Search::Pairs, None),
        (Search::Sorted, Some("row_created")),
        (Search::Pairs, Some("row_created")),
    ] {
        let fixture = Fixture::with(OfflineSettings::new().search(search));
        fixture.file("activity.parquet", &rows);
        let spine = "('a', TIMESTAMP '2026-05-01 00:00:02', 7)";
        fixture.rows("spine", "user_id, event_timestamp, asked_at", spine);
        let columns = names.map(|name| (name, Dtype::I64));
        let view = || ViewSpec {
            created,
            ..ViewSpec::new("activity", &columns)
        };
        let table = fixture.join(service([view()]));
        let found: Vec<String> = names.iter().map(|name| table.column(name)).collect();
        assert_eq!(found, ["21", "22", "23", "24", "25", "26"], "{search:?}");
        assert_eq!(table.column("asked_at"), "7");
        let report = wait(fixture.store.materialize().views([view().leak()]).run()).unwrap();
        assert_eq!(report.views()[0].written(), 1, "{report:?}");
        let key = vec![featurestore::Value::Str("a".to_owned())];
        let at = crate::support::time("2026-05-01T00:00:02Z");
        let service = service([view()]);
        let why = wait(async { fixture.store.explain_by(service, key, at).await }).unwrap();
        let winner = why.views()[0].winner().unwrap().values();
        assert_eq!(winner[0], Some(featurestore::Value::Int(21)));
        assert_eq!(winner[5], Some(featurestore::Value::Int(26)));
    }
}
