//! Days and instants, in every unit, with and without a zone.

use featurestore::prelude::*;
use proptest::prelude::*;

use crate::support::{property, wait};

fn always<T>(_: &T) -> bool {
    true
}

/// Whole multiples of `unit` microseconds, as far as `years` from 1970.
fn times(unit: i64, years: i64) -> BoxedStrategy<Timestamp> {
    let limit = years * 366 * 86_400_000_000 / unit;
    let edges = vec![0, -1, 1, limit, -limit];
    prop_oneof![-limit..limit, prop::sample::select(edges)]
        .prop_map(move |count| Timestamp::from_timestamp_micros(count * unit).unwrap())
        .boxed()
}

fn naive(value: &Timestamp) -> String {
    format!("make_timestamp({})", value.timestamp_micros())
}

property! { seconds, "timestamp_s.parquet", Timestamp, "TIMESTAMP_S", times(1_000_000, 20_000), naive, always }
property! { millis, "timestamp_ms.parquet", Timestamp, "TIMESTAMP_MS", times(1000, 20_000), naive, always }
property! { micros, "timestamp_us.parquet", Timestamp, "TIMESTAMP", times(1, 200_000), naive, always }
property! { nanos, "timestamp_ns.parquet", Timestamp, "TIMESTAMP_NS", times(1, 280), naive, always }
property! { zoned, "timestamp_utc.parquet", Timestamp, "TIMESTAMPTZ", times(1, 200_000), naive, always }

property! {
    dates, "date.parquet", Date, "DATE",
    prop_oneof![-90_000_000..90_000_000, prop::sample::select(vec![0, -1, 1])]
        .prop_map(|days| Date::from_epoch_days(days).unwrap()),
    |value: &Date| format!("DATE '1970-01-01' + CAST({} AS INTEGER)", value.to_epoch_days()), always
}

property! {
    midnights, "date_as_timestamp.parquet", Timestamp, "DATE",
    times(86_400_000_000, 20_000), naive, always
}
