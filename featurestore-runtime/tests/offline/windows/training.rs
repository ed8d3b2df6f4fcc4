//! Features of windows in training sets, against plain loops over random events.

use featurestore::__private_0_1_0::{Aggregate, Window, WindowFeature};
use featurestore::offline::{Spine, ViewExplanation};
use featurestore::{Dtype, Timestamp, Value};
use proptest::prelude::*;

use super::declared::*;
use super::events::*;
use super::loops::*;
use crate::definitions::{Slots, ViewSpec};
use crate::support::{Fixture, wait};

#[test]
fn every_feature_of_a_window_is_what_plain_loops_find() {
    let fixture = Fixture::new();
    let slots = Slots::new(3);
    let of_source = [views(|| &PLAIN), views(|| &CORRECTED)];
    let spine = prop::collection::vec((0..4_u8, 0..50_i64, -1..=1_i64), 1..30);
    let cases = (prop::collection::vec(event(), 1..60), spine, any::<bool>());
    let outcome = featurestore_properties::runner(48).run(&cases, |(events, spine, corrected)| {
        write(&fixture, &events);
        let views = of_source[usize::from(corrected)];
        let source = if corrected { &CORRECTED } else { &PLAIN };
        let rows = spine.iter().map(|(user, place, beside)| {
            let at = BEGIN + place * UNIT + beside;
            format!("('{user}', {})", timestamp(at))
        });
        fixture.rows(
            "spine",
            "user_id, event_timestamp",
            &rows.collect::<Vec<_>>().join(", "),
        );
        let service = slots.service(&views);
        let table = fixture.join_on(service, Spine::parquet("spine.parquet"));
        for (suffix, window) in windows() {
            for (name, ..) in asked(window, suffix) {
                let expected = spine.iter().map(|(user, place, beside)| {
                    let at = BEGIN + place * UNIT + beside;
                    let mut held = counting(&events, source, *user, at);
                    held.retain(|event| in_window(event, &window, at));
                    expected(name, &held)
                });
                let expected: Vec<String> = expected.collect();
                prop_assert_eq!(table.column(name), expected.join(" "), "{}", name);
            }
        }
        // What an explanation shows is what the training set has.
        for (index, (user, place, beside)) in spine.iter().enumerate().take(2) {
            let at = BEGIN + place * UNIT + beside;
            let time = Timestamp::from_timestamp_micros(at).unwrap();
            let key = vec![Value::Str(user.to_string())];
            let explained = wait(fixture.store.explain_by(service, key, time).into_future());
            let explained = explained.unwrap();
            for (suffix, window) in windows() {
                let mut held = counting(&events, source, *user, at);
                held.retain(|event| in_window(event, &window, at));
                for name in ["events", "sum", "least", "last", "distinct"] {
                    let name = format!("{name}_{suffix}");
                    let mut features = explained.views().iter().flat_map(ViewExplanation::features);
                    let feature = features.find(|feature| feature.name() == name).unwrap();
                    let value = feature
                        .value()
                        .map_or_else(|| "-".to_owned(), |value| value.text().into_owned());
                    let column = table.column(&name);
                    prop_assert_eq!(
                        column.split(' ').nth(index),
                        Some(value.as_str()),
                        "{}",
                        name
                    );
                }
                let mut explained = explained.views().iter().flat_map(ViewExplanation::windows);
                let name = format!("events_{suffix}");
                let explained = explained.find(|window| window.name() == name).unwrap();
                prop_assert_eq!(explained.events(), held.len() as u64);
                let first = held.first().map(|event| event.time);
                let shown = explained
                    .first()
                    .map(|row| row.event_timestamp().timestamp_micros());
                prop_assert_eq!(shown, first);
            }
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

#[test]
fn an_explanation_says_why_a_row_near_a_window_is_not_counted() {
    let fixture = Fixture::new();
    let slots = Slots::new(1);
    let row = |id, seconds: i64, cents, gone, created| Event {
        user: 1,
        time: BEGIN + seconds * SECOND,
        id,
        created: Some(created),
        amount: cents,
        country: None,
        weight: None,
        gone,
    };
    // The window is (50 s, 100 s], and rows settle after 20 s: at 120 s with a delay of 20 s.
    write(
        &fixture,
        &[
            row(1, 50, Some(2_000), false, 0),
            row(2, 51, Some(2_000), false, 0),
            row(3, 60, Some(100), false, 0),
            row(4, 60, Some(3_000), false, 0),
            row(4, 60, Some(4_000), true, 1),
            row(5, 70, Some(5_000), false, 1),
            row(5, 70, Some(6_000), false, 0),
            row(6, 80, None, false, 0),
            row(7, 100, Some(7_000), false, 0),
            row(8, 101, Some(8_000), false, 0),
        ],
    );
    let window = Window::new(Some(50 * SECOND), None, 20 * SECOND).unwrap();
    let feature = WindowFeature {
        aggregate: Aggregate::Sum,
        column: Some(AMOUNT),
        filter: Some(&LARGE),
        window,
    };
    let large = [("large", feature, AMOUNT_TYPE, false)];
    let service = slots.service(&[view("large", || &CORRECTED, &large)]);
    let key = vec![Value::Str("1".to_owned())];
    let at = Timestamp::from_timestamp_micros(BEGIN + 120 * SECOND).unwrap();
    let explained = wait(fixture.store.explain_by(service, key, at).into_future()).unwrap();
    let view = &explained.views()[0];
    let feature = &view.features()[0];
    assert_eq!(feature.value().unwrap().text(), "140.00");
    assert_eq!(
        feature.column(),
        "sum(amount) window 50s delay 20s where amount > 10"
    );
    let window = &view.windows()[0];
    let second = |time: Timestamp| (time.timestamp_micros() - BEGIN) / SECOND;
    assert_eq!(
        (window.after().map(second), second(window.until())),
        (Some(50), 100)
    );
    assert_eq!(window.events(), 3);
    let ends = [window.first(), window.last()];
    assert_eq!(
        ends.map(|row| second(row.unwrap().event_timestamp())),
        [51, 100]
    );
    let outside: Vec<(i64, &str)> = window
        .outside()
        .iter()
        .map(|(row, why)| (second(row.event_timestamp()), why.as_str()))
        .collect();
    let expected = [
        (101, "not_known"),
        (80, "filtered"),
        (70, "replaced"),
        (60, "deleted"),
        (60, "replaced"),
        (60, "filtered"),
        (50, "too_old"),
    ];
    assert_eq!(outside, expected);
}

#[test]
fn what_is_of_a_rows_very_time_is_counted_and_left_out_before_it() {
    let fixture = Fixture::new();
    let slots = Slots::new(2);
    let event = |id, micros| Event {
        user: 1,
        time: BEGIN + micros,
        id,
        created: None,
        amount: Some(100),
        country: None,
        weight: None,
        gone: false,
    };
    write(
        &fixture,
        &[event(1, -1), event(2, 0), event(3, 0), event(4, 5)],
    );
    let row = |micros, value| {
        format!(
            "('1', {}, CAST({value} AS BIGINT))",
            timestamp(BEGIN + micros)
        )
    };
    let rows = [row(-1, 10), row(0, 11), row(3, 12)].join(", ");
    fixture.rows("latest", "user_id, event_timestamp, level", &rows);
    let asked: Vec<String> = [0, 4, 5]
        .map(|micros| format!("('1', {})", timestamp(BEGIN + micros)))
        .into();
    fixture.rows("spine", "user_id, event_timestamp", &asked.join(", "));
    let window = Window::new(Some(DAY), None, 0).unwrap();
    let count = WindowFeature {
        aggregate: Aggregate::Count,
        column: None,
        filter: None,
        window,
    };
    let windows = view(
        "counted",
        || &PLAIN,
        &[("events", count, Dtype::I64, false)],
    );
    let latest = ViewSpec::new("latest", &[("level", Dtype::I64)]).leak();
    let service = slots.service(&[windows, latest]);
    let spine = || Spine::parquet("spine.parquet");
    let table = fixture.join_on(service, spine());
    assert_eq!(
        (table.column("events"), table.column("level")),
        ("3 3 4".into(), "11 12 12".into())
    );
    let report = fixture.report(service, spine()).unwrap();
    let same: Vec<(&str, u64)> = report
        .same_time()
        .iter()
        .map(|it| (it.view(), it.rows()))
        .collect();
    assert_eq!(same, [("counted", 2), ("latest", 1)]);
    let table = fixture.join_on(service, spine().before());
    assert_eq!(
        (table.column("events"), table.column("level")),
        ("1 3 3".into(), "10 12 12".into())
    );
    assert_eq!(table.column("event_timestamp"), read_times(&fixture));
    assert!(
        fixture
            .report(service, spine().before())
            .unwrap()
            .same_time()
            .is_empty()
    );
}

/// The times of the spine, which come back as they are.
fn read_times(fixture: &Fixture) -> String {
    crate::support::read(&fixture.path("spine.parquet")).column("event_timestamp")
}
