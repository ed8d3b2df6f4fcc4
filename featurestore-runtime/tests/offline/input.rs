//! Bad input: found before anything is joined, and said with the way out.

use featurestore::Dtype;
use featurestore::offline::Spine;

use crate::definitions::{ViewSpec, service};
use crate::support::Fixture;

pub(crate) fn activity() -> ViewSpec {
    ViewSpec::new("activity", &[("watch_count", Dtype::I64)])
}

pub(crate) fn fixture() -> Fixture {
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

pub(crate) fn check(fixture: &Fixture, view: ViewSpec, parts: &[&str]) {
    check_on(fixture, view, Spine::parquet("spine.parquet"), parts);
}

pub(crate) fn check_on(fixture: &Fixture, view: ViewSpec, spine: Spine, parts: &[&str]) {
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
        source: featurestore::view::Source::Glob("parts/*.parquet"),
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
        &[
            "view `activity` reads",
            "parts",
            "a directory without Parquet files",
        ],
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
            "FS0061: no column `watch_cuont` in activity.parquet (did you mean `watch_count`?)",
            "it has event_timestamp, user_id, watch_count; view `activity` needs it",
        ],
    );
}

#[test]
fn names_of_columns_are_compared_to_the_letter() {
    let view = ViewSpec::new("activity", &[("Watch_Count", Dtype::I64)]);
    check(
        &fixture(),
        view,
        &["(did you mean `watch_count`? `#[column(rename = \"watch_count\")]` reads it)"],
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
            &[
                "is declared as i64",
                "no feature holds it, so declare it as String and convert it: `sql = \"SELECT * REPLACE (CAST(watch_count AS VARCHAR) AS watch_count) FROM",
            ],
        );
        let text = ViewSpec::new("activity", &[("watch_count", Dtype::String)]);
        check(&fixture, text, &["is declared as string"]);
    }
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
