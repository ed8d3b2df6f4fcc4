//! `explain`: one test per reason, and that its winner is the join's.

use featurestore::offline::{Explanation, Reason, Spine, ViewExplanation};
use featurestore::service::ServiceDefinition;
use featurestore::view::Source;
use featurestore::{Dtype, Status, Value};
use proptest::strategy::{Strategy, ValueTree};

use crate::definitions::{DefaultOf, Slots, ViewSpec, service};
use crate::explain_cases;
use crate::support::{Fixture, time, wait};
use crate::typed::{UserSegment, WatchNext};

const HOUR: i64 = 3_600_000_000;

fn activity() -> ViewSpec {
    ViewSpec::new("activity", &[("n", Dtype::I64)])
}

fn explained(fixture: &Fixture, service: &'static ServiceDefinition, at: &str) -> Explanation {
    let key = vec![Value::Str("a".to_owned())];
    wait(async { fixture.store.explain_by(service, key, time(at)).await }).unwrap()
}

/// Explains `rows` of (user_id, event_timestamp, n) for user a.
fn explain(view: ViewSpec, rows: &str, at: &str) -> ViewExplanation {
    let fixture = Fixture::new();
    let columns = if view.created.is_some() {
        "user_id, event_timestamp, created, n"
    } else {
        "user_id, event_timestamp, n"
    };
    fixture.rows("activity", columns, rows);
    explained(&fixture, service([view]), at).views()[0].clone()
}

/// The winner's value, then each row that lost with its reason.
fn outcome(view: &ViewExplanation) -> Vec<String> {
    let value = |value: &Option<Value>| {
        value
            .as_ref()
            .map_or_else(|| "-".to_owned(), |value| value.text().into_owned())
    };
    let winner = view.winner().map(|row| value(&row.values()[0]));
    let winner = winner.unwrap_or_else(|| view.status().as_str().to_owned());
    let lost = view
        .lost()
        .iter()
        .map(|lost| format!("{}: {}", value(&lost.row().values()[0]), lost.reason()));
    std::iter::once(winner).chain(lost).collect()
}

#[test]
fn an_older_row_says_how_much_newer_the_winner_is() {
    let rows = "('a', TIMESTAMP '2026-05-01 08:30:00', 1), ('a', '2026-05-01 10:00:00', 2), \
                ('b', '2026-05-01 10:30:00', 3)";
    let view = explain(activity(), rows, "2026-05-01T11:00:00Z");
    let expected = ["2", "1: older: the winner is 1h 30m newer"];
    assert_eq!(outcome(&view), expected);
    let winner = view.winner().unwrap();
    assert_eq!(winner.event_timestamp(), time("2026-05-01T10:00:00Z"));
    assert_eq!(winner.age().unwrap().as_secs(), 3600);
    assert_eq!(winner.place().row(), 2);
    assert!(winner.place().file().unwrap().ends_with("activity.parquet"));
    assert_eq!((view.rows(), view.status()), (2, Status::Found));
    let times = (time("2026-05-01T08:30:00Z"), time("2026-05-01T10:00:00Z"));
    assert_eq!(view.event_times(), Some(times));
}

#[test]
fn a_row_after_the_time_says_by_how_much() {
    let rows = "('a', TIMESTAMP '2026-05-01 11:00:03', 3), ('a', '2026-05-01 11:00:00', 2), \
                ('a', '2026-05-01 11:00:00.000001', 4)";
    let view = explain(activity(), rows, "2026-05-01T11:00:00Z");
    let expected = [
        "2",
        "3: after the row's time by 3s",
        "4: after the row's time by 1us",
    ];
    assert_eq!(outcome(&view), expected);
    assert_eq!(view.lost()[0].row().age(), None);
}

#[test]
fn a_nanosecond_after_the_time_is_after_it() {
    let rows = "('a', TIMESTAMP_NS '2026-05-01 11:00:00.000000001', 3), \
                ('a', TIMESTAMP_NS '2026-05-01 10:59:59.999999998', 2), \
                ('a', TIMESTAMP_NS '1969-12-31 23:59:59.999999998', 1)";
    let view = explain(activity(), rows, "2026-05-01T11:00:00Z");
    assert_eq!(outcome(&view)[..2], ["2", "3: after the row's time by 1ns"]);
    let before_1970 = time("1969-12-31T23:59:59.999999998Z");
    assert_eq!(view.lost()[1].row().event_timestamp(), before_1970);
    let winner = explain(activity(), rows, "2026-05-01T11:00:00.000000001Z");
    let expected = ["3", "2: older: the winner is 3ns newer"];
    assert_eq!(outcome(&winner)[..2], expected);
}

#[test]
fn a_row_that_has_not_settled_says_from_when_it_is_known() {
    let view = ViewSpec {
        settling: HOUR,
        ..activity()
    };
    let rows = "('a', TIMESTAMP '2026-05-01 10:00:00.000001', 2), ('a', '2026-05-01 10:00:00', 1)";
    let view = explain(view, rows, "2026-05-01T11:00:00Z");
    let expected = [
        "1",
        "2: not settled: known from 2026-05-01T11:00:00.000001Z",
    ];
    assert_eq!(outcome(&view), expected);
    assert!(view.lost()[0].row().age().is_some());
}

#[test]
fn an_expired_row_says_how_much_older_than_the_ttl_it_is() {
    let view = || ViewSpec {
        ttl: Some(HOUR),
        ..activity()
    };
    let rows = "('a', TIMESTAMP '2026-05-01 10:00:00', 2), ('a', '2026-04-30 10:00:00', 1)";
    let found = explain(view(), rows, "2026-05-01T11:00:00Z");
    let expected = ["2", "1: expired: 1d older than its TTL allows"];
    assert_eq!(outcome(&found), expected);
    let none = explain(view(), rows, "2026-05-01T11:00:00.000001Z");
    let expected = [
        "expired",
        "2: expired: 1us older than its TTL allows",
        "1: expired: 1d 1us older than its TTL allows",
    ];
    assert_eq!(outcome(&none), expected);
    assert_eq!(none.features()[0].status(), Status::Expired);
}

#[test]
fn the_created_time_and_then_the_place_settle_ties() {
    let view = ViewSpec {
        created: Some("created"),
        ..activity()
    };
    let rows = "('a', TIMESTAMP '2026-05-01 10:00:00', TIMESTAMP '2026-05-01 10:05:00', 1), \
                ('a', '2026-05-01 10:00:00', '2026-05-01 10:05:00', 2), \
                ('a', '2026-05-01 10:00:00', NULL, 3), \
                ('a', '2026-05-01 10:00:00', '2026-05-01 10:01:00', 4)";
    let view = explain(view, rows, "2026-05-01T11:00:00Z");
    let expected = [
        "2",
        "1: same times, earlier in the source",
        "4: same event time, created earlier by 4m",
        "3: same event time, and it has no created time",
    ];
    assert_eq!(outcome(&view), expected);
    let created = view.winner().unwrap().created_timestamp();
    assert_eq!(created, Some(time("2026-05-01T10:05:00Z")));
    assert_eq!(*view.lost()[0].reason(), Reason::EarlierInSource);
}

#[test]
fn a_key_that_the_source_never_had_says_so_and_when_its_rows_are() {
    let rows = "('b', TIMESTAMP '2026-05-01', 1), ('c', '2026-05-03', 2)";
    let view = explain(activity(), rows, "2026-05-01T11:00:00Z");
    assert_eq!(outcome(&view), ["missing"]);
    assert_eq!((view.rows(), view.event_times()), (0, None));
    let times = (time("2026-05-01T00:00:00Z"), time("2026-05-03T00:00:00Z"));
    assert_eq!(view.source_times(), Some(times));
}

#[test]
fn rows_without_an_event_time_are_counted_and_never_win() {
    let rows = "('a', TIMESTAMP '2026-05-01', 1), ('a', NULL, 2), ('a', 'infinity', 3)";
    let view = explain(activity(), rows, "2026-06-01T00:00:00Z");
    assert_eq!(outcome(&view), ["1"]);
    assert_eq!((view.rows(), view.without_time()), (3, 2));
}

#[test]
fn a_null_of_the_winner_is_null_and_a_default_that_stood_in_says_so() {
    let fixture = Fixture::new();
    let rows = "('a', TIMESTAMP '2026-05-01', 1), ('a', '2026-05-02', NULL)";
    fixture.rows("activity", "user_id, event_timestamp, n", rows);
    let defaults: [DefaultOf; 1] = [("n", || Value::Int(7))];
    let slots = Slots::new(1);
    let view = activity().leak();
    let feature = |service, at| explained(&fixture, service, at).views()[0].features()[0].clone();
    let plain = feature(slots.service(&[view]), "2026-05-03T00:00:00Z");
    assert_eq!((plain.value(), plain.status()), (None, Status::Null));
    let service = slots.with_defaults(&[view], &defaults);
    for (at, status) in [
        ("2026-05-03T00:00:00Z", Status::Null),
        ("2026-04-03T00:00:00Z", Status::Missing),
    ] {
        let feature = feature(service, at);
        assert_eq!(
            (feature.value(), feature.status()),
            (Some(&Value::Int(7)), status)
        );
        assert!(feature.is_default());
    }
    assert!(!feature(service, "2026-05-01T00:00:00Z").is_default());
}

#[test]
fn only_so_many_rows_are_shown_on_each_side_the_nearest_ones() {
    let fixture = Fixture::new();
    let query = "SELECT 'a' AS user_id, TIMESTAMP '2026-05-01' + to_seconds(i) AS event_timestamp, \
                 CAST(i AS BIGINT) AS n FROM range(100) AS r(i)";
    fixture.file("activity.parquet", query);
    let service = |ttl| service([ViewSpec { ttl, ..activity() }]);
    let view = |service, at, candidates| {
        let key = vec![Value::Str("a".to_owned())];
        let explain = fixture.store.explain_by(service, key, time(at));
        let found = wait(async { explain.candidates(candidates).await }).unwrap();
        found.views()[0].clone()
    };
    let values = |candidates| {
        let view = view(service(None), "2026-05-01T00:00:50Z", candidates);
        assert_eq!(view.status(), Status::Found);
        let number = |text: &String| text.split(':').next().unwrap().to_owned();
        let values = outcome(&view);
        values.iter().map(number).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(values(2), "50 52 51 49 48");
    assert_eq!(values(0), "50");
    for candidates in [0, 2] {
        let view = view(service(Some(HOUR)), "2026-05-02T00:00:00Z", candidates);
        assert_eq!(view.status(), Status::Expired);
        assert_eq!(view.lost().len() as u64, candidates);
    }
}

#[test]
fn a_row_of_a_glob_is_named_by_its_file_and_its_number_there() {
    let fixture = Fixture::new();
    for (file, n) in [("a", 1), ("b", 2)] {
        let rows = format!(
            "SELECT * FROM (VALUES ('x', TIMESTAMP '2026-05-01', 0), ('a', '2026-05-01', {n})) \
             AS t(user_id, event_timestamp, n)"
        );
        fixture.file(&format!("activity-{file}.parquet"), &rows);
    }
    let view = ViewSpec {
        source: Source::Glob("activity-*.parquet"),
        ..activity()
    };
    let explained = explained(&fixture, service([view]), "2026-06-01T00:00:00Z");
    let view = &explained.views()[0];
    assert_eq!(outcome(view), ["2", "1: same times, earlier in the source"]);
    let place = view.winner().unwrap().place().clone();
    assert!(
        place.file().unwrap().ends_with("activity-b.parquet"),
        "{place}"
    );
    assert_eq!(place.row(), 2);
    assert!(
        view.lost()[0]
            .row()
            .place()
            .file()
            .unwrap()
            .ends_with("activity-a.parquet")
    );
}

#[test]
fn a_row_of_another_source_is_numbered_in_it() {
    let fixture = Fixture::new();
    let text = "user_id,event_timestamp,n\nb,2026-05-01 00:00:00,1\na,2026-05-01 00:00:00,2\n";
    std::fs::write(fixture.path("activity.csv"), text).unwrap();
    let view = ViewSpec {
        source: Source::Path("activity.csv"),
        ..activity()
    };
    let explained = explained(&fixture, service([view]), "2026-06-01T00:00:00Z");
    let place = explained.views()[0].winner().unwrap().place().clone();
    assert_eq!((place.file(), place.row()), (None, 2));
}

#[test]
fn a_source_with_columns_of_duckdbs_own_names_still_numbers_its_rows() {
    for name in ["filename", "FILE_ROW_NUMBER", "file_index"] {
        let fixture = Fixture::new();
        let columns = format!("user_id, event_timestamp, n, {name}");
        let rows = "('b', TIMESTAMP '2026-05-01', 1, 9), ('a', TIMESTAMP '2026-05-01', 2, 9)";
        fixture.rows("activity", &columns, rows);
        let explained = explained(&fixture, service([activity()]), "2026-06-01T00:00:00Z");
        let place = explained.views()[0].winner().unwrap().place().clone();
        assert_eq!((place.file(), place.row()), (None, 2), "{name}");
    }
}

#[test]
fn a_typed_key_asks_the_service_and_what_no_enum_knows_is_shown() {
    let fixture = Fixture::new();
    fixture.rows(
        "watch",
        "user_id, event_timestamp, count, genre",
        "(1::BIGINT, TIMESTAMP '2026-05-01 10:00:00', 7, 'drama')",
    );
    fixture.rows(
        "segment",
        "user_id, event_timestamp, segment",
        "(1::BIGINT, TIMESTAMP '2026-05-01', 'bot')",
    );
    let explain = fixture
        .store
        .explain::<WatchNext>(&1, time("2026-05-01T10:30:00Z"));
    let explained = wait(async { explain.await }).unwrap();
    assert_eq!(explained.keys(), [("user_id", Value::Int(1))]);
    let names: Vec<&str> = explained
        .views()
        .iter()
        .map(ViewExplanation::view)
        .collect();
    let segment = <UserSegment as featurestore::FeatureView>::definition().name();
    assert_eq!(names, ["watch", segment]);
    let features = explained.views()[0].features();
    let names: Vec<_> = features
        .iter()
        .map(|feature| (feature.name(), feature.column()))
        .collect();
    assert_eq!(
        names,
        [
            ("count", "count"),
            ("genre", "genre"),
            ("raw_count", "count")
        ]
    );
    let segments = &explained.views()[1];
    assert_eq!(
        outcome(segments),
        [
            "missing",
            "bot: rejected: `segment`: `bot` is none of the variants casual, power_user"
        ]
    );
}

#[test]
fn a_wrong_key_and_a_time_beyond_every_calendar_are_refused() {
    let fixture = Fixture::new();
    let error = |key: Vec<Value>, at: &str| {
        let explain = fixture
            .store
            .explain_by(service([activity()]), key, time(at));
        wait(async { explain.await }).unwrap_err().to_string()
    };
    let text = || vec![Value::Str("a".to_owned())];
    let message = error(vec![Value::Int(1)], "2026-05-01T00:00:00Z");
    assert_eq!(
        message,
        "join key `user_id`: the value 1 is not of dtype string"
    );
    let message = error(Vec::new(), "2026-05-01T00:00:00Z");
    assert!(message.contains("`user_id` is missing"), "{message}");
    let message = error(text(), "+200000-01-01T00:00:00Z");
    assert!(message.contains("more than 126,000 years"), "{message}");
    let message = error(text(), "2026-05-01T00:00:00Z");
    assert!(
        message.contains("activity.parquet, and there is no such file"),
        "{message}"
    );
}

/// Views of three shapes, whose every row has a value of its own, and 200 rows to explain.
#[test]
fn the_winner_is_the_one_that_the_join_takes() {
    let mut runner = featurestore_properties::runner(1);
    let case = explain_cases::large_case()
        .new_tree(&mut runner)
        .unwrap()
        .current();
    let fixture = Fixture::new();
    let slots = Slots::new(3);
    let service = slots.service(&case.leak(&fixture));
    case.write_spine(&fixture);
    let joined = fixture.join_on(service, Spine::parquet("spine.parquet"));
    let (mut found, mut compared) = (0, 0);
    wait(async {
        for (row, values) in joined.rows.iter().enumerate() {
            let Some((key, at)) = case.asked(row, service) else {
                continue;
            };
            let explained = fixture.store.explain_by(service, key, at).await.unwrap();
            for (index, view) in explained.views().iter().enumerate() {
                let value = view.features()[0].value();
                let value = value.map_or_else(|| "-".to_owned(), |value| value.text().into_owned());
                assert_eq!(value, values[4 + index], "row {row} of {case:?}");
                found += usize::from(view.winner().is_some());
                compared += 1;
            }
        }
    });
    assert!(
        compared > 200 && found > compared / 10,
        "{found} of {compared}"
    );
}
