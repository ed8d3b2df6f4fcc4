//! Events at random, and the file that has them.

use proptest::prelude::*;

use super::declared::{BEGIN, UNIT};
use crate::support::Fixture;

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

pub(crate) fn timestamp(micros: i64) -> String {
    format!("make_timestamp({micros})")
}

pub(crate) fn or_null<T>(value: Option<T>, text: impl Fn(T) -> String) -> String {
    value.map_or_else(|| "NULL".to_owned(), text)
}

pub(crate) const COUNTRIES: [&str; 3] = ["de", "dk", "d"];

pub(crate) fn write(fixture: &Fixture, events: &[Event]) {
    write_as(fixture, "payments.parquet", events, "*");
}

/// Writes what `columns` makes of the events' columns.
pub(crate) fn write_as(fixture: &Fixture, file: &str, events: &[Event], columns: &str) {
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
    let names = "user_id, paid_at, payment_id, amount, country, weight, gone, created_at";
    let ids = "* REPLACE (CAST(payment_id AS BIGINT) AS payment_id)";
    let query = format!(
        "SELECT {columns} FROM (SELECT {ids} FROM (VALUES {}) AS rows({names}))",
        rows.join(", ")
    );
    fixture.file(file, &query);
}

pub(crate) fn plain_event(user: u8, time: i64, id: i64) -> Event {
    Event {
        user,
        time,
        id,
        created: None,
        amount: Some(id % 100),
        country: Some(u8::try_from(id % 3).unwrap()),
        weight: Some(0.1),
        gone: false,
    }
}

/// Events of two users, too many for one field.
pub(crate) fn many() -> Vec<Event> {
    (0..3_000)
        .map(|id| plain_event(u8::from(id % 5 == 0), BEGIN + id * UNIT / 60 + id % 3, id))
        .collect()
}
