//! What features are, in plain loops over the events.

use featurestore::__private_0_1_0::{EventSourceDefinition, Window};

use super::events::{COUNTRIES, Event};

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
