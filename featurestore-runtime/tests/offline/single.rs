//! Small sources with one row per key, which are joined by key alone.

use featurestore::Dtype;
use featurestore::offline::Spine;
use proptest::prelude::*;

use crate::definitions::{ViewSpec, service, text};
use crate::heard::Heard;
use crate::support::Fixture;

/// Seconds of an hour that often are equal or one microsecond apart, in microseconds.
fn time() -> impl Strategy<Value = i64> {
    (0..4_i64, -1..=1_i64).prop_map(|(second, beside)| second * 1_000_000 + beside)
}

fn sql(time: i64) -> String {
    format!("TIMESTAMP '2026-05-01 12:00:00' + to_microseconds({time})")
}

#[test]
fn a_source_with_one_row_per_key_is_joined_by_key_and_the_rules_hold() {
    const MARK: &str = "one_row_per_key";
    let fixture = Fixture::new();
    let heard = Heard::of("Single");
    // A row per key and, in some cases, a second one of the first key, which needs a search.
    let source = prop::collection::vec((time(), prop::option::of(0..9_i64)), 1..4);
    let spine = prop::collection::vec((prop::option::of(0..4_usize), time()), 50..60);
    let cases = (source, spine, 0..2_i64, any::<bool>());
    let outcome =
        featurestore_properties::runner(40).run(&cases, |(source, spine, settling, doubled)| {
            let settling = settling * 1_000_000;
            let row = |(key, (event, value)): (usize, &(i64, Option<i64>))| {
                let value = value.map_or_else(|| "NULL".to_owned(), |value| value.to_string());
                format!("('{key}', {}, CAST({value} AS BIGINT))", sql(*event))
            };
            let mut rows: Vec<String> = source.iter().enumerate().map(row).collect();
            if doubled {
                rows.push(row((0, &source[0])));
            }
            let columns = format!("user_id, event_timestamp, {MARK}");
            fixture.rows("activity", &columns, &rows.join(", "));
            let asked = spine.iter().map(|(key, time)| {
                let key = key.map_or_else(|| "NULL".to_owned(), |key| format!("'{key}'"));
                format!("({key}, {})", sql(*time))
            });
            let asked: Vec<String> = asked.collect();
            fixture.rows("spine", "user_id, event_timestamp", &asked.join(", "));
            let view = ViewSpec {
                settling,
                ..ViewSpec::new("activity", &[(MARK, Dtype::I64)])
            };
            heard.take();
            let table = fixture.join_on(service([view]), Spine::parquet("spine.parquet"));
            prop_assert!(doubled || !heard.take().is_empty(), "it was searched");
            let expected: Vec<String> = spine
                .iter()
                .map(|(key, time)| {
                    let found = key.and_then(|key| source.get(key));
                    let found = found.filter(|(event, _)| event + settling <= *time);
                    let value = found.and_then(|(_, value)| *value);
                    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
                })
                .collect();
            prop_assert_eq!(table.column(text(MARK)), expected.join(" "));
            Ok(())
        });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
