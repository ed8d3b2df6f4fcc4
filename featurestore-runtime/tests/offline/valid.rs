//! A row that its view rejects is as one that is not there: for the join, snapshots, explanations,
//! the online store and its comparison alike.

use featurestore::offline::{OfflineSettings, Search, Spine};
use featurestore::online::OnlineStore;
use featurestore::service::ServiceDefinition;
use featurestore::view::{Check, Number, Source, ViewDefinition};
use featurestore::{Dtype, Status};

use crate::definitions::{ColumnSpec, ViewSpec, service, text};
use crate::materialize::{counts, online, only, run};
use crate::support::{Fixture, read, time, wait};

const PERCENT: &[Check] = &[Check::Range {
    min: Some(Number::Int(0)),
    max: Some(Number::Int(100)),
    inclusive: true,
}];
const COLOURS: &[Check] = &[Check::OneOf(&["red", "grün"])];

/// Scores with a check, and a count that may not be null.
fn scores() -> ViewSpec {
    let score = ColumnSpec {
        checks: PERCENT,
        ..ColumnSpec::nullable("score", "score", Dtype::F64)
    };
    let count = ColumnSpec {
        nullable: false,
        ..ColumnSpec::nullable("count", "count", Dtype::I32)
    };
    ViewSpec {
        columns: vec![score, count],
        ..ViewSpec::new("scores", &[])
    }
}

/// Of `a` the latest row is beyond the range, of `b` the latest two are rejected, of `c` all, of
/// `d` the latest is valid.
fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.rows(
        "scores",
        "user_id, event_timestamp, score, count",
        "('a', TIMESTAMP '2026-05-01', 1.0::DOUBLE, 1), ('a', '2026-05-03', 101.0, 2), \
         ('b', '2026-05-01', NULL, 3), ('b', '2026-05-02', 'nan', 4), ('b', '2026-05-03', 5.0, NULL), \
         ('c', '2026-05-01', -1.0, 6), ('d', '2026-05-01', 200.0, 7), ('d', '2026-05-03', '-0.0', 8)",
    );
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('a', TIMESTAMP '2026-05-02'), ('a', '2026-05-04'), ('b', '2026-05-04'), \
         ('c', '2026-05-04'), ('d', '2026-05-02'), ('d', '2026-05-04')",
    );
    fixture
}

fn joined(fixture: &Fixture, service: &'static ServiceDefinition) -> [String; 2] {
    let table = fixture.join(service);
    ["score", "count"].map(|name| table.column(name))
}

#[test]
fn a_join_takes_the_latest_valid_row_in_every_way_of_searching() {
    let fixture = fixture();
    let service = service([scores()]);
    for search in [Search::Sorted, Search::Pairs, Search::Auto] {
        let store = fixture.open(OfflineSettings::new().search(search));
        let join = store.historical_by(service, Spine::parquet("spine.parquet"));
        let report = wait(join.to_parquet("train.out")).unwrap();
        let table = read(report.path().unwrap());
        assert_eq!(table.column("score"), "1.0 1.0 - - - -0.0", "{search:?}");
        assert_eq!(table.column("count"), "1 1 3 - - 8", "{search:?}");
        let score = &report.features()[0];
        assert_eq!([score.found(), score.null(), score.missing()], [3, 1, 2]);
        let [rejected] = report.rejected() else {
            panic!("{:?}", report.rejected());
        };
        let found = (rejected.view(), rejected.rows(), rejected.rejected());
        assert_eq!(found, ("scores", 8, 5));
    }
}

#[test]
fn a_rejected_row_is_no_expired_one() {
    let fixture = fixture();
    let hours = |hours: i64| ViewSpec {
        ttl: Some(hours * 3_600_000_000),
        ..scores()
    };
    // Of `c` there is none at all, of `a` the valid one has expired.
    let service = service([hours(1)]);
    let report = fixture
        .report(service, Spine::parquet("spine.parquet"))
        .unwrap();
    let score = &report.features()[0];
    assert_eq!([score.found(), score.expired(), score.missing()], [0, 4, 2]);
}

#[test]
fn a_snapshot_has_the_entities_that_have_a_valid_row() {
    let fixture = fixture();
    let snapshot = fixture
        .store
        .snapshot_by(service([scores()]), time("2026-05-04T00:00:00Z"));
    let report = wait(snapshot.to_parquet("snapshot.parquet")).unwrap();
    let table = read(report.path().unwrap());
    assert_eq!(table.column("user_id"), "a b d");
    assert_eq!(table.column("count"), "1 3 8");
}

#[test]
fn an_explanation_names_column_and_check_and_reaches_the_row_that_is_taken() {
    let fixture = fixture();
    let service = service([scores()]);
    let explain = |key: &str, most: u64| {
        let key = vec![featurestore::Value::Str(key.to_owned())];
        let at = time("2026-05-04T00:00:00Z");
        let explain = fixture.store.explain_by(service, key, at).candidates(most);
        wait(async { explain.await }).unwrap().views()[0].clone()
    };
    let why = |view: &featurestore::offline::ViewExplanation| -> Vec<String> {
        view.lost()
            .iter()
            .map(|lost| lost.reason().to_string())
            .collect()
    };
    let view = explain("b", 5);
    let expected = [
        "rejected: `count`: the value is null, and the feature may not be; make it an `Option`",
        "rejected: `score`: the value NaN violates range 0..=100",
    ];
    assert_eq!(why(&view), expected);
    assert_eq!(view.winner().unwrap().place().row(), 3);
    // The nearest rows are all rejected, and the taken one is shown though it is not among them.
    for most in [0, 1] {
        let view = explain("b", most);
        assert_eq!(view.winner().unwrap().place().row(), 3, "{most}");
        assert_eq!(view.lost().len() as u64, most);
    }
    let view = explain("c", 5);
    assert_eq!((view.status(), view.winner()), (Status::Missing, None));
    assert_eq!(
        why(&view),
        ["rejected: `score`: the value -1.0 violates range 0..=100"]
    );
}

#[test]
fn the_online_store_gets_the_row_that_the_join_takes() {
    let fixture = fixture();
    let view = scores().leak();
    let report = run(&fixture, &[view]);
    // Rejected are the latest rows of `a`, `b` and `c`.
    assert_eq!(counts(only(&report)), [6, 3, 0, 3]);
    let expected = [
        "test:user_id:a 05-01 00:00:00 1.0 1",
        "test:user_id:b 05-01 00:00:00 - 3",
        "test:user_id:d 05-03 00:00:00 -0.0 8",
    ];
    assert_eq!(online(&fixture, view), expected);
    let [score, count] = joined(&fixture, service([scores()]));
    assert_eq!(
        (score.as_str(), count.as_str()),
        ("1.0 1.0 - - - -0.0", "1 1 3 - - 8")
    );
    let verified = wait(fixture.store.online_verify().views([view]).run()).unwrap();
    assert!(
        verified.is_ok(),
        "{:?}",
        verified.differences().collect::<Vec<_>>()
    );
    assert_eq!(verified.views()[0].entities(), 3);
}

#[test]
fn views_of_one_source_each_have_their_own_valid_rows() {
    let fixture = fixture();
    let lenient = ViewSpec {
        name: "lenient",
        columns: vec![ColumnSpec::nullable("any_count", "count", Dtype::I32)],
        ..scores()
    };
    let views: Vec<&'static ViewDefinition> =
        [scores(), lenient.clone()].map(ViewSpec::leak).into();
    let report = run(&fixture, &views);
    let all = |index: usize| counts(&report.views()[index]);
    assert_eq!((all(0), all(1)), ([6, 3, 0, 3], [4, 4, 0, 0]));
    let rows = online(&fixture, views[1]);
    assert_eq!(rows[1], "test:user_id:b 05-03 00:00:00 -");
    let table = fixture.join(service([scores(), lenient]));
    assert_eq!(table.column("count"), "1 1 3 - - 8");
    assert_eq!(table.column("any_count"), "1 2 - 6 7 8");
}

#[test]
fn an_empty_key_is_no_entity_anywhere() {
    for (dtype, kind) in [(Dtype::String, "VARCHAR"), (Dtype::Bytes, "BLOB")] {
        let fixture = Fixture::new();
        let view = ViewSpec {
            keys: vec![("user_id", dtype)],
            ..ViewSpec::new("activity", &[("n", Dtype::I64)])
        };
        let columns = format!("user_id::{kind} AS user_id, event_timestamp, n");
        let write = |rows: &str| {
            let query = format!(
                "SELECT {columns} FROM (VALUES {rows}) AS rows(user_id, event_timestamp, n)"
            );
            fixture.file("activity.parquet", &query);
        };
        write(
            "('', TIMESTAMP '2026-05-01', 1::BIGINT), ('a', '2026-05-01', 2), (' ', '2026-05-01', 3)",
        );
        let spine =
            "SELECT user_id, TIMESTAMP '2026-05-04' AS event_timestamp FROM 'activity.parquet'";
        let spine = spine.replace(
            "activity.parquet",
            fixture.path("activity.parquet").to_str().unwrap(),
        );
        fixture.file("spine.parquet", &spine);
        let service = service([view.clone()]);
        let report = fixture.report(service, Spine::parquet("spine.parquet"));
        let report = report.unwrap();
        assert_eq!(report.rejected()[0].rejected(), 1, "{dtype:?}");
        let table = read(report.path().unwrap());
        assert_eq!(table.column("n"), "- 2 3", "{dtype:?}");
        let at = time("2026-05-04T00:00:00Z");
        let snapshot = fixture.store.snapshot_by(service, at);
        let report = wait(snapshot.to_parquet("snapshot.parquet")).unwrap();
        assert_eq!(read(report.path().unwrap()).rows.len(), 2, "{dtype:?}");
        let view = view.leak();
        let report = run(&fixture, &[view]);
        assert_eq!(counts(only(&report)), [3, 2, 0, 1], "{dtype:?}");
        let rejection = only(&report).rejections()[0].to_string();
        assert!(rejection.contains("the join key is empty"), "{rejection}");
        // Where the least key is a longer one, the footers say so.
        write("('a', TIMESTAMP '2026-05-01', 2::BIGINT), (' ', '2026-05-01', 3)");
        assert_eq!(
            counts(only(&run(&fixture, &[view]))),
            [2, 2, 0, 0],
            "{dtype:?}"
        );
    }
}

#[test]
fn sources_whose_rows_have_no_numbers_are_judged_as_well() {
    let fixture = fixture();
    let scores_of = fixture.path("scores.parquet");
    fixture.file(
        "scores.csv",
        &format!("SELECT * FROM '{}'", scores_of.display()),
    );
    let sql = format!(
        "SELECT * FROM '{}' ORDER BY user_id, event_timestamp",
        scores_of.display()
    );
    for source in [Source::Path("scores.csv"), Source::Sql(text(sql))] {
        let mut view = ViewSpec { source, ..scores() };
        // What DuckDB takes a CSV file's numbers for.
        view.columns[1].dtype = Dtype::I64;
        let lenient = ViewSpec {
            name: "lenient",
            columns: vec![ColumnSpec::nullable("any_count", "count", Dtype::I64)],
            ..view.clone()
        };
        let table = fixture.join(service([view.clone(), lenient.clone()]));
        assert_eq!(table.column("count"), "1 1 3 - - 8", "{source}");
        assert_eq!(table.column("any_count"), "1 2 - 6 7 8", "{source}");
        wait(fixture.online.delete_project("test")).unwrap();
        let views = [view, lenient].map(ViewSpec::leak);
        let report = run(&fixture, &views);
        let all = |index: usize| counts(&report.views()[index]);
        assert_eq!((all(0), all(1)), ([6, 3, 0, 3], [4, 4, 0, 0]), "{source}");
    }
}

#[test]
fn too_few_valid_rows_fail_the_training_set_that_needs_them() {
    let fixture = fixture();
    let mut view = scores();
    view.columns[0].mostly = Some(0.5);
    fixture
        .report(service([view.clone()]), Spine::parquet("spine.parquet"))
        .unwrap();
    std::fs::remove_file(fixture.path("train.out")).unwrap();
    view.columns[0].mostly = Some(0.9);
    let error = fixture.error(service([view]), Spine::parquet("spine.parquet"));
    for part in [
        "4 of 8 rows have a valid `score`",
        "mostly = 0.9",
        "violates range 0..=100",
    ] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn texts_lists_json_and_times_are_judged_as_rust_judges_them() {
    let fixture = Fixture::new();
    let column = |name: &'static str, dtype| ColumnSpec::nullable(name, name, dtype);
    let colour = ColumnSpec {
        checks: COLOURS,
        ..column("colour", Dtype::String)
    };
    let kinds = &["x", "a\u{0}b", "ä"];
    for (column, sql, valid) in [
        // The second `grün` has its dots apart.
        (
            colour,
            "'red', 'grün', 'gru\u{308}n', 'Red', 'red ', '', NULL",
            "0 1 6",
        ),
        (
            column("kind", Dtype::Enum(kinds)),
            "'x', 'a' || chr(0) || 'b', 'a', 'ä', 'X', NULL",
            "0 1 3 5",
        ),
        (
            column("pair", Dtype::Array(2)),
            "[1, 2]::FLOAT[], [1]::FLOAT[], [1, NULL]::FLOAT[], []::FLOAT[], NULL",
            "0 4",
        ),
        (
            column(
                "whole",
                Dtype::List {
                    item: &Dtype::I64,
                    nullable: false,
                },
            ),
            "[1, 2]::BIGINT[], [1, NULL]::BIGINT[], []::BIGINT[], [NULL]::BIGINT[], NULL",
            "0 2 4",
        ),
        (
            column(
                "kinds",
                Dtype::List {
                    item: &Dtype::Enum(&["x", "y"]),
                    nullable: true,
                },
            ),
            "['x', 'y'], ['z'], [NULL, 'x'], []::VARCHAR[], NULL",
            "0 2 3 4",
        ),
        (
            column("json", Dtype::Json),
            "'{\"a\": 1}', '[1,]', 'nan', 'Infinity', '{\"a\": 1e999}', '\"\\ud800\"', '{', '', '\"ä\"', NULL",
            "0 4 5 8 9",
        ),
        (
            column(
                "jsons",
                Dtype::List {
                    item: &Dtype::Json,
                    nullable: false,
                },
            ),
            "['1', '{}'], ['1', '{'], ['1', NULL], []::VARCHAR[], NULL",
            "0 3 4",
        ),
        (
            column("moment", Dtype::Timestamp),
            "TIMESTAMP '2026-05-01', 'infinity', '-infinity', TIMESTAMP '270000-01-01', NULL",
            "0 4",
        ),
        (
            column("a_day", Dtype::Date),
            "DATE '2026-05-01', 'infinity', '-infinity', DATE '300000-01-01', NULL",
            "0 4",
        ),
    ] {
        let name = column.name;
        let values = format!(
            "SELECT row_number() OVER () - 1 AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, {name} \
             FROM (SELECT unnest([{sql}]) AS {name})"
        );
        fixture.file("values.parquet", &values);
        fixture.file(
            "spine.parquet",
            "SELECT user_id, TIMESTAMP '2026-05-02' AS event_timestamp FROM 'values.parquet'"
                .replace(
                    "values.parquet",
                    fixture.path("values.parquet").to_str().unwrap(),
                )
                .as_str(),
        );
        let view = ViewSpec {
            keys: vec![("user_id", Dtype::I64)],
            columns: vec![column],
            ..ViewSpec::new("values", &[])
        };
        let snapshot = fixture
            .store
            .snapshot_by(service([view.clone()]), time("2026-05-04T00:00:00Z"));
        let report = wait(snapshot.to_parquet("snapshot.parquet"));
        let report = report.unwrap_or_else(|error| panic!("{name}: {error}"));
        let table = read(report.path().unwrap());
        assert_eq!(table.column("user_id"), valid, "snapshot of {name}");
        let report = fixture
            .report(service([view.clone()]), Spine::parquet("spine.parquet"))
            .unwrap();
        let taken = report.rows() - report.features()[0].missing();
        assert_eq!(taken, valid.split(' ').count() as u64, "join of {name}");
        fixture.online.memory.clear_rows();
        let view = view.leak();
        let materialized = run(&fixture, &[view]);
        let [read, written, _, rejected] = counts(only(&materialized));
        assert_eq!(written, taken, "online rows of {name}");
        assert_eq!(read, written + rejected);
    }
}
