//! Spines that are wrong, empty or in the way.

use featurestore::offline::Spine;
use featurestore::{Dtype, Timestamp};

use crate::definitions::{ViewSpec, service};
use crate::input::{activity, check, check_on, fixture};
use crate::support::time;

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
