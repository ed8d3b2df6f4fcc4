//! Times that no calendar has, in files whose statistics leave them out, as fastparquet writes a
//! missing time: such a row has no time, in whatever way it is looked for, and the others are there.

use featurestore::offline::{OfflineSettings, Search, Spine};
use featurestore::{Dtype, FeatureStore};

use crate::definitions::{ViewSpec, service};
use crate::materialize::{counts, online, only, run};
use crate::support::{Fixture, read, time, wait};
use crate::written::{Written, texts, write};

/// 2026-05-01, in days.
const DAY: i64 = 20_574;

/// A kind of times: its Parquet type, how many are in a day, and whether they have 32 bits.
const OF_KINDS: [(&str, i64); 5] = [
    (
        "int64 event_timestamp (TIMESTAMP(MICROS,false))",
        86_400_000_000,
    ),
    (
        "int64 event_timestamp (TIMESTAMP(MICROS,true))",
        86_400_000_000,
    ),
    (
        "int64 event_timestamp (TIMESTAMP(NANOS,false))",
        86_400_000_000_000,
    ),
    ("int64 event_timestamp (TIMESTAMP_MICROS)", 86_400_000_000),
    ("int32 event_timestamp (DATE)", 1),
];

/// Each kind, with statistics that leave such a time out, and with others.
fn kinds() -> impl Iterator<Item = (&'static str, i64, bool)> {
    let kinds = OF_KINDS.into_iter();
    kinds.flat_map(|(kind, per_day)| [true, false].map(|lying| (kind, per_day, lying)))
}

fn times(days: &[Option<i64>], per_day: i64, lying: bool) -> Written {
    let bounds = [DAY, DAY + 9].map(|day| day * per_day);
    let small = |value: i64| i32::try_from(value).unwrap();
    if per_day == 1 {
        let values = days.iter().map(|day| day.map_or(i32::MIN, small));
        let values = values.collect();
        return if lying {
            Written::I32Between(values, bounds.map(small))
        } else {
            Written::I32(values)
        };
    }
    let values = days
        .iter()
        .map(|day| day.map_or(i64::MIN, |day| day * per_day));
    let values = values.collect();
    if lying {
        Written::I64Between(values, bounds)
    } else {
        Written::I64(values)
    }
}

/// Rows of a, b, c, of which b's newest and all of c's have no time.
fn write_source(fixture: &Fixture, kind: &str, per_day: i64, lying: bool) {
    let fields = format!("required binary user_id (STRING); required {kind}; required int64 n;");
    let days = [Some(DAY), Some(DAY + 1), None, None, Some(DAY + 2)];
    let columns = [
        texts(["a", "b", "b", "c", "a"]),
        times(&days, per_day, lying),
        Written::I64(vec![1, 2, 3, 4, 5]),
    ];
    write(&fixture.path("activity.parquet"), &fields, &columns);
}

fn activity() -> ViewSpec {
    ViewSpec::new("activity", &[("n", Dtype::I64)])
}

fn joined(store: &FeatureStore, view: ViewSpec) -> Result<String, featurestore::Error> {
    let join = store.historical_by(service([view]), Spine::path("spine.parquet"));
    let report = wait(join.to_parquet("train.out"))?;
    Ok(read(report.path().unwrap()).column("n"))
}

#[test]
fn a_row_whose_time_is_in_no_calendar_has_none_in_every_way_of_searching() {
    for (kind, per_day, lying) in kinds() {
        let fixture = Fixture::new();
        write_source(&fixture, kind, per_day, lying);
        fixture.rows(
            "spine",
            "user_id, event_timestamp",
            "('a', TIMESTAMP '2026-05-02'), ('b', '2026-06-01'), ('c', '2026-06-01'), ('a', '2026-06-01'), \
             ('d', '2026-06-01'), ('b', '2026-04-01')",
        );
        for search in [Search::Auto, Search::Sorted, Search::Pairs] {
            let store = fixture.open(OfflineSettings::new().search(search));
            for ttl in [None, Some(90 * 86_400_000_000)] {
                let view = ViewSpec { ttl, ..activity() };
                let found = joined(&store, view)
                    .unwrap_or_else(|error| panic!("{kind} {lying}, {search:?}: {error}"));
                assert_eq!(found, "1 2 - 5 - -", "{kind} {lying}, {search:?}, {ttl:?}");
            }
        }
    }
}

#[test]
fn a_source_of_one_row_per_key_is_joined_by_key_without_such_rows() {
    for (kind, per_day, lying) in kinds() {
        let fixture = Fixture::new();
        let fields =
            format!("required binary user_id (STRING); required {kind}; required int64 n;");
        let columns = [
            texts(["a", "b"]),
            times(&[Some(DAY), None], per_day, lying),
            Written::I64(vec![1, 2]),
        ];
        write(&fixture.path("activity.parquet"), &fields, &columns);
        let rows = vec!["('a', TIMESTAMP '2026-06-01'), ('b', TIMESTAMP '2026-06-01')"; 20];
        fixture.rows("spine", "user_id, event_timestamp", &rows.join(", "));
        let found = joined(&fixture.store, activity()).unwrap();
        assert_eq!(found, ["1 -"; 20].join(" "), "{kind} {lying}");
    }
}

#[test]
fn snapshots_and_explanations_count_such_rows_as_those_without_a_time() {
    for (kind, per_day, lying) in kinds() {
        let fixture = Fixture::new();
        write_source(&fixture, kind, per_day, lying);
        let join = fixture
            .store
            .snapshot_by(service([activity()]), time("2026-06-01T00:00:00Z"));
        let report = wait(join.to_parquet("train.out")).unwrap();
        let table = read(report.path().unwrap());
        assert_eq!(table.column("user_id"), "a b", "{kind} {lying}");
        assert_eq!(table.column("n"), "5 2", "{kind} {lying}");
        for (user, found, without_time) in
            [("a", Some("5"), 0), ("b", Some("2"), 1), ("c", None, 1)]
        {
            let key = vec![featurestore::Value::Str(user.to_owned())];
            let at = time("2026-06-01T00:00:00Z");
            let explained = wait(async {
                fixture
                    .store
                    .explain_by(service([activity()]), key, at)
                    .await
                    .unwrap()
            });
            let view = &explained.views()[0];
            let winner = view
                .winner()
                .map(|row| row.values()[0].as_ref().unwrap().text().into_owned());
            assert_eq!(winner.as_deref(), found, "{user}, {kind} {lying}");
            assert_eq!(view.without_time(), without_time, "{user}, {kind} {lying}");
        }
    }
}

#[test]
fn materialization_rejects_such_rows_and_writes_the_others() {
    for (kind, per_day, lying) in kinds() {
        let fixture = Fixture::new();
        write_source(&fixture, kind, per_day, lying);
        let view = activity().leak();
        let report = run(&fixture, &[view]);
        // Two entities, and two rows that have no time.
        assert_eq!(counts(only(&report)), [4, 2, 0, 2], "{kind} {lying}");
        let rows = online(&fixture, view);
        assert_eq!(
            rows,
            [
                "test:user_id:a 05-03 00:00:00 5",
                "test:user_id:b 05-02 00:00:00 2"
            ],
            "{kind} {lying}"
        );
    }
}

#[test]
fn a_created_time_in_no_calendar_is_none() {
    let fixture = Fixture::new();
    let fields = "required binary user_id (STRING); required int64 event_timestamp (TIMESTAMP(MICROS,false)); \
                  required int64 created (TIMESTAMP(MICROS,false)); required int64 n;";
    let at = |day: i64| day * 86_400_000_000;
    let bounds = [at(DAY), at(DAY + 9)];
    let columns = [
        texts(["a", "a", "b", "c"]),
        Written::I64Between(vec![at(DAY); 4], bounds),
        // Of a, the row without one is last in the source, and loses all the same.
        Written::I64Between(vec![at(DAY + 1), i64::MIN, i64::MIN, at(DAY + 9)], bounds),
        Written::I64(vec![1, 2, 3, 4]),
    ];
    write(&fixture.path("activity.parquet"), fields, &columns);
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('a', TIMESTAMP '2026-06-01'), ('b', '2026-06-01'), ('c', '2026-06-01')",
    );
    let view = || ViewSpec {
        created: Some("created"),
        ..activity()
    };
    for search in [Search::Auto, Search::Sorted, Search::Pairs] {
        let store = fixture.open(OfflineSettings::new().search(search));
        assert_eq!(joined(&store, view()).unwrap(), "1 3 4", "{search:?}");
        // What has no created time was always known.
        let join = store.historical_by(service([view()]), Spine::path("spine.parquet"));
        let join = join.known_at(time("2026-05-03T00:00:00Z"));
        let report = wait(join.to_parquet("train.out")).unwrap();
        assert_eq!(
            read(report.path().unwrap()).column("n"),
            "1 3 -",
            "{search:?}"
        );
    }
    let view = view().leak();
    assert_eq!(counts(only(&run(&fixture, &[view]))), [3, 3, 0, 0]);
    let rows = online(&fixture, view);
    assert_eq!(
        rows[..2],
        [
            "test:user_id:a 05-01 00:00:00 1",
            "test:user_id:b 05-01 00:00:00 3"
        ]
    );
}

#[test]
fn a_spine_with_such_a_time_is_refused_by_its_row() {
    for (kind, per_day, lying) in kinds() {
        let fixture = Fixture::new();
        fixture.rows(
            "activity",
            "user_id, event_timestamp, n",
            "(1, TIMESTAMP '2026-05-01', 1)",
        );
        let fields = format!("required int64 user_id; required {kind};");
        let columns = [
            Written::I64(vec![1, 1]),
            times(&[Some(DAY + 2), None], per_day, lying),
        ];
        write(&fixture.path("spine.parquet"), &fields, &columns);
        let view = ViewSpec {
            keys: vec![("user_id", Dtype::I64)],
            ..activity()
        };
        let error = fixture.error(service([view]), Spine::path("spine.parquet"));
        assert!(
            error.contains("`event_timestamp`") && error.contains("row 2"),
            "{kind} {lying}: {error}"
        );
    }
}
