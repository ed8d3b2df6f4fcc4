//! Bad input: found before anything is joined, and said with the way out.

use featurestore::offline::Spine;
use featurestore::{Dtype, Timestamp};

use crate::definitions::{ViewSpec, service};
use crate::support::{Fixture, time};

fn activity() -> ViewSpec {
    ViewSpec::new("activity", &[("watch_count", Dtype::I64)])
}

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, watch_count",
        "('a', TIMESTAMP '2026-05-01', 1::BIGINT)",
    );
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('a', TIMESTAMP '2026-05-02')",
    );
    fixture
}

fn check(fixture: &Fixture, view: ViewSpec, parts: &[&str]) {
    check_on(fixture, view, Spine::parquet("spine.parquet"), parts);
}

fn check_on(fixture: &Fixture, view: ViewSpec, spine: Spine, parts: &[&str]) {
    let error = fixture.error(service([view]), spine);
    for part in parts {
        assert!(error.contains(part), "{error}\nlacks {part}");
    }
}

#[test]
fn a_missing_file_is_named_with_its_view() {
    let fixture = fixture();
    std::fs::remove_file(fixture.path("activity.parquet")).unwrap();
    let path = fixture.path("activity.parquet").display().to_string();
    check(
        &fixture,
        activity(),
        &[
            "view `activity` reads",
            &path,
            "there is no such file",
            "data_root",
        ],
    );
}

#[test]
fn a_glob_that_matches_nothing_is_named() {
    let view = ViewSpec {
        source: featurestore::view::Source::Path("parts/*.parquet"),
        ..activity()
    };
    check(
        &fixture(),
        view,
        &[
            "view `activity` reads",
            "parts/*.parquet",
            "no file matches it",
        ],
    );
}

#[test]
fn a_directory_without_parquet_files_is_named() {
    let fixture = fixture();
    std::fs::create_dir(fixture.path("parts")).unwrap();
    let view = ViewSpec {
        source: featurestore::view::Source::Path("parts"),
        ..activity()
    };
    check(
        &fixture,
        view,
        &["view `activity` reads", "parts", "no file matches it"],
    );
}

#[test]
fn a_corrupt_or_cut_off_file_is_named() {
    let fixture = fixture();
    let path = fixture.path("activity.parquet");
    let whole = std::fs::read(&path).unwrap();
    for bytes in [
        &b"not a parquet file at all"[..],
        &whole[..whole.len() / 2],
        &[],
    ] {
        std::fs::write(&path, bytes).unwrap();
        check(
            &fixture,
            activity(),
            &["view `activity` can't read", "activity.parquet"],
        );
    }
}

#[test]
fn a_damaged_page_is_an_error_and_leaves_no_file() {
    let fixture = fixture();
    let path = fixture.path("activity.parquet");
    let mut bytes = std::fs::read(&path).unwrap();
    for byte in &mut bytes[4..60] {
        *byte ^= 0xA5;
    }
    std::fs::write(&path, bytes).unwrap();
    check(
        &fixture,
        activity(),
        &["view `activity` can't read", "activity.parquet"],
    );
    let left: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn an_unknown_column_suggests_the_nearest_and_lists_the_others() {
    let view = ViewSpec::new("activity", &[("watch_cuont", Dtype::I64)]);
    check(
        &fixture(),
        view,
        &[
            "view `activity` needs the column `watch_cuont`",
            "activity.parquet has no such column (did you mean `watch_count`?); it has user_id, event_timestamp, watch_count",
        ],
    );
}

#[test]
fn names_of_columns_are_compared_to_the_letter() {
    let view = ViewSpec::new("activity", &[("Watch_Count", Dtype::I64)]);
    check(
        &fixture(),
        view,
        &["no such column (did you mean `watch_count`?)"],
    );
}

#[test]
fn every_drifted_column_is_reported_at_once() {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, watch_count, genre",
        "(7, TIMESTAMP '2026-05-01', 1.5::DOUBLE, 'a')",
    );
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('a', TIMESTAMP '2026-05-02')",
    );
    let view = ViewSpec::new(
        "activity",
        &[("watch_count", Dtype::I64), ("genre", Dtype::Bytes)],
    );
    check(
        &fixture,
        view,
        &[
            "`user_id` of view `activity` is declared as string, but",
            "`watch_count` of view `activity` is declared as i64, but",
            "activity.parquet has `watch_count` as f64; declare it as f64, or mend the source",
            "`genre` of view `activity` is declared as bytes",
        ],
    );
}

#[test]
fn types_without_a_dtype_are_drift() {
    for dtype in ["TIME", "INTERVAL", "STRUCT(a BIGINT)"] {
        let fixture = fixture();
        let value = format!("CAST(NULL AS {dtype})");
        fixture.rows(
            "activity",
            "user_id, event_timestamp, watch_count",
            &format!("('a', TIMESTAMP '2026-05-01', {value})"),
        );
        check(
            &fixture,
            activity(),
            &["is declared as i64", "a type that holds it losslessly"],
        );
        let text = ViewSpec::new("activity", &[("watch_count", Dtype::String)]);
        check(&fixture, text, &["is declared as string"]);
    }
}

#[test]
fn a_missing_spine_or_column_of_it_is_named() {
    let fixture = fixture();
    check_on(
        &fixture,
        activity(),
        Spine::parquet("labels.parquet"),
        &[
            "the spine of `service` reads",
            "labels.parquet",
            "no such file",
        ],
    );
    check_on(
        &fixture,
        activity(),
        Spine::path("labels.csv"),
        &["labels.csv", "no such file"],
    );
    fixture.rows(
        "spine",
        "userid, event_timestamp",
        "('a', TIMESTAMP '2026-05-02')",
    );
    check(
        &fixture,
        activity(),
        &[
            "the spine of `service` needs the join key `user_id`",
            "(did you mean `userid`?)",
        ],
    );
    fixture.rows("spine", "user_id, known", "('a', TIMESTAMP '2026-05-02')");
    check(
        &fixture,
        activity(),
        &[
            "needs the timestamp `event_timestamp`",
            "it has user_id, known",
        ],
    );
    let spine = Spine::parquet("spine.parquet").timestamp("known");
    assert_eq!(
        fixture
            .join_on(service([activity()]), spine)
            .column("watch_count"),
        "1"
    );
}

#[test]
fn a_spine_of_other_types_is_refused() {
    let fixture = fixture();
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "(7, TIMESTAMP '2026-05-02')",
    );
    check(
        &fixture,
        activity(),
        &[
            "column `user_id` of",
            "is i32, and service `service` needs string",
        ],
    );
    fixture.rows("spine", "user_id, event_timestamp", "('a', '2026-05-02')");
    check(
        &fixture,
        activity(),
        &[
            "column `event_timestamp` of",
            "is string",
            "needs timestamp",
        ],
    );
    let narrow = ViewSpec {
        keys: vec![("user_id", Dtype::I32)],
        ..activity()
    };
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "(7::BIGINT, TIMESTAMP '2026-05-02')",
    );
    check(
        &fixture,
        narrow,
        &["is i64, and service `service` needs i32"],
    );
}

#[test]
fn spine_rows_without_a_time_are_counted_and_the_first_is_named() {
    let fixture = fixture();
    for bad in ["NULL", "'infinity'", "'-infinity'", "'250000-01-01'"] {
        let rows = format!("('a', TIMESTAMP '2026-05-02'), ('a', {bad}), ('b', NULL)");
        fixture.rows("spine", "user_id, event_timestamp", &rows);
        check(
            &fixture,
            activity(),
            &[
                "2 rows of",
                "spine.parquet",
                "no usable time in `event_timestamp`",
                "the first of them row 2",
            ],
        );
    }
}

#[test]
fn a_feature_with_the_name_of_a_spine_column_is_refused() {
    let fixture = fixture();
    fixture.rows(
        "spine",
        "user_id, event_timestamp, Watch_Count",
        "('a', TIMESTAMP '2026-05-02', 1)",
    );
    check(
        &fixture,
        activity(),
        &[
            "feature `watch_count` of service `service` has the name of a column",
            "rename",
        ],
    );
}

#[test]
fn a_table_needs_a_database() {
    let view = ViewSpec {
        source: featurestore::view::Source::Table("events"),
        ..activity()
    };
    check(
        &fixture(),
        view,
        &["view `activity` reads table `events`", "no DuckDB database"],
    );
}

#[test]
fn a_query_that_is_wrong_is_shown_with_its_reason() {
    let fixture = fixture();
    check_on(
        &fixture,
        activity(),
        Spine::sql("SELEC 1"),
        &[
            "the spine of `service` can't read the spine's query",
            "syntax error",
        ],
    );
    let view = ViewSpec {
        source: featurestore::view::Source::Sql("SELECT * FROM nowhere"),
        ..activity()
    };
    check(&fixture, view, &["view `activity` can't read", "nowhere"]);
}

#[test]
fn an_empty_spine_gives_an_empty_result() {
    let fixture = fixture();
    fixture.file(
        "spine.parquet",
        "SELECT 'a' AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp, 1 AS label WHERE false",
    );
    let table = fixture.join(service([activity()]));
    assert_eq!(
        table.names,
        ["user_id", "event_timestamp", "label", "watch_count"]
    );
    assert!(table.rows.is_empty());
    let table = fixture.join_on(
        service([activity()]),
        Spine::rows(Vec::<(String, Timestamp)>::new()),
    );
    assert!(table.rows.is_empty());
}

#[test]
fn rows_from_rust_are_a_spine_and_another_key_is_refused() {
    let fixture = fixture();
    let rows = [
        ("a".to_owned(), time("2026-05-02T00:00:00Z")),
        ("a".to_owned(), time("1970-01-01T00:00:00.000001Z")),
    ];
    let table = fixture.join_on(service([activity()]), Spine::rows(rows));
    assert_eq!(
        table.column("event_timestamp"),
        "2026-05-02T00:00:00+00 1970-01-01T00:00:00.000001+00"
    );
    assert_eq!(table.column("watch_count"), "1 -");
    std::fs::remove_file(fixture.path("train.out")).unwrap();
    let spine = Spine::rows([(7_i64, time("2026-05-02T00:00:00Z"))]);
    check_on(
        &fixture,
        activity(),
        spine,
        &[
            "the spine's rows have i64 as their key",
            "`user_id` (string)",
        ],
    );
}

#[test]
fn quotes_and_odd_characters_in_paths_are_only_characters() {
    let fixture = Fixture::new();
    let name = "it's; DROP -- \"x\" $1";
    fixture.rows(
        "activity",
        "user_id, event_timestamp, watch_count",
        "('a', TIMESTAMP '2026-05-01', 1)",
    );
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('a', TIMESTAMP '2026-05-02')",
    );
    for (from, to) in [("activity", "a"), ("spine", "s")] {
        std::fs::rename(
            fixture.path(&format!("{from}.parquet")),
            fixture.path(&format!("{name}{to}.parquet")),
        )
        .unwrap();
    }
    let view = ViewSpec {
        source: featurestore::view::Source::Path(crate::definitions::text(format!(
            "{name}a.parquet"
        ))),
        ..activity()
    };
    let table = fixture.join_on(service([view]), Spine::parquet(format!("{name}s.parquet")));
    assert_eq!(table.column("watch_count"), "1");
}

#[test]
fn a_result_that_cant_be_written_says_why() {
    let fixture = fixture();
    let write = |path: &str| {
        let join = fixture
            .store
            .historical_by(service([activity()]), Spine::parquet("spine.parquet"));
        crate::support::wait(join.to_parquet(path))
            .unwrap_err()
            .to_string()
    };
    assert!(write("nowhere/train.parquet").contains("there is no directory"));
    std::fs::create_dir(fixture.path("here")).unwrap();
    assert!(write("here").contains("that is a directory"));
}

#[test]
fn an_older_result_stays_until_the_new_one_is_whole() {
    let fixture = fixture();
    std::fs::write(fixture.path("train.parquet"), "old").unwrap();
    let write = || {
        let join = fixture
            .store
            .historical_by(service([activity()]), Spine::parquet("spine.parquet"));
        crate::support::wait(join.to_parquet("train.parquet"))
    };
    let path = fixture.path("activity.parquet");
    let whole = std::fs::read(&path).unwrap();
    let mut bytes = whole.clone();
    for byte in &mut bytes[4..60] {
        *byte ^= 0xA5;
    }
    std::fs::write(&path, bytes).unwrap();
    write().unwrap_err();
    assert_eq!(
        std::fs::read(fixture.path("train.parquet")).unwrap(),
        b"old"
    );
    std::fs::write(&path, whole).unwrap();
    assert_eq!(write().unwrap().rows(), 1);
    assert_eq!(
        crate::support::read(&fixture.path("train.parquet")).column("watch_count"),
        "1"
    );
}

#[test]
fn a_run_that_nobody_waits_for_stops() {
    let fixture = fixture();
    let spine = Spine::sql(
        "SELECT 'a' AS user_id, TIMESTAMP '2026-05-02' + to_microseconds(CAST(max(hash(i) % 10) AS BIGINT)) \
         AS event_timestamp FROM range(1000000000000) AS r(i)",
    );
    let started = std::time::Instant::now();
    crate::support::wait(async {
        let join = fixture.store.historical_by(service([activity()]), spine);
        let run = std::pin::pin!(join.to_parquet("train.out"));
        let patience = std::pin::pin!(tokio::time::sleep(std::time::Duration::from_millis(300)));
        let outcome = futures_util::future::select(run, patience).await;
        assert!(
            matches!(outcome, futures_util::future::Either::Right(_)),
            "it runs for hours"
        );
    });
    // The runtime waits for its threads when it is dropped.
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    assert!(!fixture.path("train.out").exists());
}
