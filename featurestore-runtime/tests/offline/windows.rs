//! Features of windows in training sets, against plain loops over random events.

use std::fmt::Write as _;
use std::sync::LazyLock;

use featurestore::__private_0_1_0::{
    Aggregate, ColumnParts, Comparison, Constant, Divisor, EventSourceDefinition, EventSourceParts,
    Filter, Precision, ViewParts, Window, WindowFeature, WindowParts, column_definition,
    event_source_definition, named_key, view_definition, window_features,
};
use featurestore::offline::{Spine, ViewExplanation};
use featurestore::view::{Drift, Source, ViewDefinition};
use featurestore::{Dtype, Timestamp, Value};
use proptest::prelude::*;

use crate::definitions::{Slots, ViewSpec, leak};
use crate::support::{Fixture, wait};

pub(crate) const SECOND: i64 = 1_000_000;
/// What times are multiples of, so that the ends of windows meet events.
pub(crate) const UNIT: i64 = 10 * SECOND;
const DAY: i64 = 86_400 * SECOND;
pub(crate) const BEGIN: i64 = 1_777_600_000 * SECOND;

const USER: usize = 0;
const ID: usize = 1;
const AMOUNT: usize = 2;
const COUNTRY: usize = 3;
const WEIGHT: usize = 4;
const GONE: usize = 5;

/// Events, with a created time and deletions or without.
fn source(settling: i64, corrected: bool) -> EventSourceDefinition {
    let column = |name, dtype, nullable| {
        column_definition(ColumnParts {
            name,
            source_column: name,
            dtype,
            nullable,
            description: "",
            unit: None,
            default: None,
            checks: &[],
            mostly: None,
        })
    };
    let amount = Dtype::Decimal {
        precision: 12,
        scale: 2,
    };
    let columns = vec![
        column("user_id", Dtype::String, false),
        column("payment_id", Dtype::I64, false),
        column("amount", amount, true),
        column("country", Dtype::String, true),
        column("weight", Dtype::F64, true),
        column("gone", Dtype::Bool, false),
    ];
    event_source_definition(EventSourceParts {
        rows: leak(view_definition(ViewParts {
            type_name: "Payment",
            module: "tests",
            name: "payment",
            version: 1,
            description: "",
            owner: None,
            tags: &[],
            entity: &[],
            entity_order: &[],
            source: Source::Path("payments.parquet"),
            timestamp: "paid_at",
            created: corrected.then_some("created_at"),
            ttl: None,
            cadence: None,
            settling,
            columns: leak(columns),
            drift: Drift::Deny,
            windows: None,
        })),
        timestamp: "paid_at",
        created: corrected.then_some("created_at"),
        id: &[ID],
        deleted: corrected.then_some(GONE),
        lateness: 3_600 * SECOND,
        push: false,
        retention: None,
    })
}

pub(crate) static PLAIN: LazyLock<EventSourceDefinition> = LazyLock::new(|| source(0, false));
pub(crate) static CORRECTED: LazyLock<EventSourceDefinition> =
    LazyLock::new(|| source(2 * UNIT, true));

/// A feature: its name, what it is, its dtype and whether it may be null.
pub(crate) type Asked = (&'static str, WindowFeature, Dtype, bool);

pub(crate) fn view(
    name: &'static str,
    events: fn() -> &'static EventSourceDefinition,
    asked: &[Asked],
) -> &'static ViewDefinition {
    let rows = events().rows();
    let columns = asked.iter().map(|(name, _, dtype, nullable)| {
        column_definition(ColumnParts {
            name,
            source_column: name,
            dtype: *dtype,
            nullable: *nullable,
            description: "",
            unit: None,
            default: None,
            checks: &[],
            mostly: None,
        })
    });
    let features: Vec<WindowFeature> = asked.iter().map(|(_, feature, ..)| *feature).collect();
    leak(view_definition(ViewParts {
        type_name: "UserPayments",
        module: "tests",
        name,
        version: 1,
        description: "",
        owner: None,
        tags: &[],
        entity: leak([named_key("user_id", "user_id", Dtype::String, "")]),
        entity_order: &[0],
        source: rows.source(),
        timestamp: rows.timestamp_column(),
        created: rows.created_column(),
        ttl: None,
        cadence: None,
        settling: rows.settling_micros(),
        columns: leak(columns.collect::<Vec<_>>()),
        drift: Drift::Deny,
        windows: Some(window_features(WindowParts {
            events,
            keys: &[USER],
            features: leak(features),
        })),
    }))
}

/// An event as the source has it.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) user: u8,
    pub(crate) time: i64,
    pub(crate) id: i64,
    pub(crate) created: Option<i64>,
    pub(crate) amount: Option<i64>,
    pub(crate) country: Option<u8>,
    pub(crate) weight: Option<f64>,
    pub(crate) gone: bool,
}

pub(crate) fn event() -> impl Strategy<Value = Event> {
    let weights = prop::sample::select(vec![0.1, 1e16, -1e16, 5e-324, 3.0]);
    let time = (0..40_i64, prop::sample::select(vec![0, 0, 0, -1, 1]));
    let key = (0..3_u8, time, 0..3_i64);
    let versions = (prop::option::of(0..4_i64), prop::bool::weighted(0.15));
    let amount = prop::option::weighted(0.9, -500..5_000_i64);
    let values = (amount, prop::option::of(0..3_u8), prop::option::of(weights));
    (key, versions, values).prop_map(|(key, (created, gone), (amount, country, weight))| Event {
        user: key.0,
        time: BEGIN + key.1.0 * UNIT + key.1.1,
        id: key.2,
        created,
        amount,
        country,
        weight,
        gone,
    })
}

fn timestamp(micros: i64) -> String {
    format!("make_timestamp({micros})")
}

fn or_null<T>(value: Option<T>, text: impl Fn(T) -> String) -> String {
    value.map_or_else(|| "NULL".to_owned(), text)
}

const COUNTRIES: [&str; 3] = ["de", "dk", "d"];

pub(crate) fn write(fixture: &Fixture, events: &[Event]) {
    let rows = events.iter().map(|it| {
        format!(
            "('{}', {}, {}, CAST({} AS DECIMAL(12, 2)), CAST({} AS VARCHAR), CAST({} AS DOUBLE), {}, CAST({} AS TIMESTAMP))",
            it.user,
            timestamp(it.time),
            it.id,
            or_null(it.amount, |cents| format!("{cents} / 100")),
            or_null(it.country, |index| format!("'{}'", COUNTRIES[usize::from(index)])),
            or_null(it.weight, |weight| format!("'{weight:e}'")),
            it.gone,
            or_null(it.created, |created| timestamp(BEGIN + created)),
        )
    });
    let rows: Vec<String> = rows.collect();
    let columns = "user_id, paid_at, payment_id, amount, country, weight, gone, created_at";
    let ids = "* REPLACE (CAST(payment_id AS BIGINT) AS payment_id)";
    let query = format!(
        "SELECT {ids} FROM (VALUES {}) AS rows({columns})",
        rows.join(", ")
    );
    fixture.file("payments.parquet", &query);
}

/// The events that count for a user at a time, in the order of time and id.
pub(crate) fn counting<'a>(
    events: &'a [Event],
    source: &EventSourceDefinition,
    user: u8,
    at: i64,
) -> Vec<&'a Event> {
    let corrected = source.deleted().is_some();
    let mut newest: Vec<&Event> = Vec::new();
    for event in events {
        if event.user != user || event.time + source.rows().settling_micros() > at {
            continue;
        }
        let same = |other: &&mut &Event| (other.time, other.id) == (event.time, event.id);
        match newest.iter_mut().find(same) {
            None => newest.push(event),
            Some(other) if !corrected || event.created >= other.created => *other = event,
            Some(_) => {}
        }
    }
    newest.retain(|event| !corrected || !event.gone);
    newest.sort_by_key(|event| (event.time, event.id));
    newest
}

pub(crate) fn in_window(event: &Event, window: &Window, at: i64) -> bool {
    let end = at - window.delay();
    let start = window.length().map(|length| {
        let start = end - length;
        window
            .resolution()
            .map_or(start, |unit| start.div_euclid(unit) * unit)
    });
    event.time <= end && start.is_none_or(|start| start < event.time)
}

/// A feature by its name, as the training set's text has it.
pub(crate) fn expected(name: &str, held: &[&Event]) -> String {
    let amounts: Vec<i64> = held.iter().filter_map(|event| event.amount).collect();
    let decimal = |cents: i64| {
        let sign = if cents < 0 { "-" } else { "" };
        let cents = cents.unsigned_abs();
        format!("{sign}{}.{:02}", cents / 100, cents % 100)
    };
    let countries = || held.iter().filter_map(|event| event.country);
    let country = |index: u8| COUNTRIES[usize::from(index)].to_owned();
    let none = || "-".to_owned();
    match name.split('_').next().unwrap_or_default() {
        "events" => held.len().to_string(),
        "amounts" => amounts.len().to_string(),
        "large" => amounts
            .iter()
            .filter(|cents| **cents > 1_000)
            .count()
            .to_string(),
        "sum" => decimal(amounts.iter().sum()),
        "least" => amounts
            .iter()
            .min()
            .map_or_else(none, |cents| decimal(*cents)),
        "greatest" => countries().map(country).max().unwrap_or_else(none),
        "last" => countries().next_back().map_or_else(none, country),
        "recent" => {
            let recent: Vec<String> = countries().rev().take(2).map(country).collect();
            format!("[{}]", recent.join(",T"))
        }
        "distinct" => {
            let mut countries: Vec<u8> = countries().collect();
            countries.sort_unstable();
            countries.dedup();
            countries.len().to_string()
        }
        "spread" if amounts.is_empty() => none(),
        "spread" => {
            // Exact in units of cents and their squares, rounded once but for the last division.
            let count = amounts.len() as i128;
            let sum: i128 = amounts.iter().map(|cents| i128::from(*cents)).sum();
            let squares: i128 = amounts.iter().map(|cents| i128::from(*cents).pow(2)).sum();
            let variance = (count * squares - sum * sum) as f64 / (count * count * 10_000) as f64;
            float(variance)
        }
        "weight" => float(exact_sum(held.iter().filter_map(|event| event.weight))),
        other => panic!("no such feature: {other}"),
    }
}

/// As DuckDB prints a double.
pub(crate) fn float(value: f64) -> String {
    crate::support::with_connection(|connection| {
        connection
            .query_row(
                "SELECT CAST(CAST(? AS DOUBLE) AS VARCHAR)",
                [value],
                |row| row.get(0),
            )
            .unwrap()
    })
}

/// The float next to the sum: of the few values here each is a multiple of 2^-1074 below 2^54.
fn exact_sum(values: impl Iterator<Item = f64>) -> f64 {
    // By expansions that do not overlap (Shewchuk 1997), as Python's `math.fsum` does.
    let mut partials: Vec<f64> = Vec::new();
    for mut x in values {
        let mut kept = 0;
        for index in 0..partials.len() {
            let mut y = partials[index];
            if x.abs() < y.abs() {
                std::mem::swap(&mut x, &mut y);
            }
            let high = x + y;
            let low = y - (high - x);
            if low != 0.0 {
                partials[kept] = low;
                kept += 1;
            }
            x = high;
        }
        partials.truncate(kept);
        partials.push(x);
    }
    let mut high = 0.0;
    while let Some(x) = partials.pop() {
        let before: f64 = high;
        high = before + x;
        let low = x - (high - before);
        if low != 0.0 {
            // Round half to even by what is below.
            if let Some(next) = partials.last()
                && ((low < 0.0 && *next < 0.0) || (low > 0.0 && *next > 0.0))
            {
                let twice = low * 2.0;
                let further = high + twice;
                if twice == further - high {
                    high = further;
                }
            }
            break;
        }
    }
    high
}

const AMOUNT_TYPE: Dtype = Dtype::Decimal {
    precision: 18,
    scale: 2,
};
const LARGE: Filter = Filter::Compare {
    column: AMOUNT,
    comparison: Comparison::Greater,
    constant: Constant::Int(10),
};

pub(crate) fn asked(window: Window, suffix: &str) -> Vec<Asked> {
    let text = Dtype::String;
    let feature = |aggregate, column| WindowFeature {
        aggregate,
        column,
        filter: None,
        window,
    };
    let precision = Precision::of_error(0.02).unwrap();
    let amount = Dtype::Decimal {
        precision: 12,
        scale: 2,
    };
    let all = vec![
        ("events", feature(Aggregate::Count, None), Dtype::I64, false),
        (
            "amounts",
            feature(Aggregate::Count, Some(AMOUNT)),
            Dtype::I64,
            false,
        ),
        (
            "large",
            WindowFeature {
                filter: Some(&LARGE),
                ..feature(Aggregate::Count, None)
            },
            Dtype::I64,
            false,
        ),
        (
            "sum",
            feature(Aggregate::Sum, Some(AMOUNT)),
            AMOUNT_TYPE,
            false,
        ),
        ("least", feature(Aggregate::Min, Some(AMOUNT)), amount, true),
        (
            "greatest",
            feature(Aggregate::Max, Some(COUNTRY)),
            text,
            true,
        ),
        ("last", feature(Aggregate::Last, Some(COUNTRY)), text, true),
        (
            "recent",
            feature(Aggregate::LastOf(2), Some(COUNTRY)),
            Dtype::list_of(&Dtype::String, false),
            false,
        ),
        (
            "distinct",
            feature(Aggregate::Distinct(precision), Some(COUNTRY)),
            Dtype::I64,
            false,
        ),
        (
            "spread",
            feature(Aggregate::Variance(Divisor::Population), Some(AMOUNT)),
            Dtype::F64,
            true,
        ),
        (
            "weight",
            feature(Aggregate::Sum, Some(WEIGHT)),
            Dtype::F64,
            false,
        ),
    ];
    let named = all.into_iter().map(|(name, feature, dtype, nullable)| {
        let mut full = name.to_owned();
        write!(full, "_{suffix}").unwrap();
        (crate::definitions::text(full), feature, dtype, nullable)
    });
    named.collect()
}

#[test]
fn every_feature_of_a_window_is_what_plain_loops_find() {
    let fixture = Fixture::new();
    let slots = Slots::new(3);
    let windows = [
        ("a", Window::new(Some(5 * UNIT), None, 0).unwrap()),
        (
            "b",
            Window::new(Some(12 * UNIT), Some(4 * UNIT), 1).unwrap(),
        ),
        ("c", Window::new(None, None, 3 * UNIT).unwrap()),
    ];
    let views = |events: fn() -> &'static EventSourceDefinition| {
        let of = |suffix: &str| {
            let window = windows.iter().find(|(own, _)| *own == suffix).unwrap().1;
            asked(window, suffix)
        };
        let mut short = of("a");
        short.extend(of("b"));
        [
            view("short", events, &short),
            view("ever", events, &of("c")),
        ]
    };
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
        for (suffix, window) in windows {
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
            for (suffix, window) in windows {
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
