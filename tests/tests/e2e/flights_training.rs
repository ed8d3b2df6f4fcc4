//! The flights example's training set, on its month of real data: against the spine it was made
//! for, and against plain SQL.

use std::path::Path;

use featurestore::TrainingReport;
use featurestore::prelude::*;
use flights::{Aircraft, DelayFeatures, LastArrival, Weather};

use crate::flights_online::{DATA, FEATURES};
use crate::support::{query, sql};

const DEPARTURES: u64 = 26_865;

async fn training_set(path: &Path) -> TrainingReport {
    let registry = registry![Weather, Aircraft, LastArrival, DelayFeatures];
    let store = flights::store()
        .registry(registry)
        .online("embedded:unused.redb");
    let store = store.open().await.unwrap();
    let spine = Spine::parquet("data/departures.parquet");
    let join = store.historical::<DelayFeatures>(spine);
    join.to_parquet(path).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_departure_comes_back_once_in_its_order_with_its_labels() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("training.parquet");
    let report = training_set(&path).await;
    assert_eq!(report.rows(), DEPARTURES);
    let described = |path: &str| {
        query(&format!(
            "SELECT column_name, column_type FROM (DESCRIBE FROM read_parquet('{path}'))"
        ))
    };
    let spine = described(&format!("{DATA}/departures.parquet"));
    let trained = described(path.to_str().unwrap());
    assert_eq!(trained[..spine.len()], spine);
    let names: Vec<&str> = spine.iter().map(|column| column[0].as_str()).collect();
    assert!(names.contains(&"arr_delay"), "{names:?}");
    let equal: Vec<String> = names
        .iter()
        .map(|name| format!("i.{name} IS NOT DISTINCT FROM o.{name}"))
        .collect();
    let counts = query(&format!(
        "SELECT count(*), count(*) FILTER ({}), count(i.arr_delay), count(DISTINCT o.file_row_number) \
         FROM read_parquet('{DATA}/departures.parquet', file_row_number = true) i \
         FULL JOIN read_parquet('{}', file_row_number = true) o USING (file_row_number)",
        equal.join(" AND "),
        path.display()
    ));
    assert_eq!(
        counts[0][..2],
        ["26865", "26865"],
        "rows, and rows that are as they were"
    );
    assert_ne!(counts[0][2], "26865", "some labels are null");
    assert_eq!(counts[0][3], "26865");
}

/// The features of each departure, by the point-in-time rules as one would write them by hand: of
/// the rows with its key that are not later and not older than the TTL, the latest.
fn by_hand(view: &str, key: &str, ttl: Option<u64>, columns: &str) -> String {
    let not_older = ttl.map_or_else(String::new, |hours| {
        let micros = hours * 3_600_000_000;
        format!("AND epoch_us(v.event_timestamp) >= epoch_us(d.event_timestamp) - {micros}")
    });
    format!(
        "(SELECT d.file_row_number, {columns} \
         FROM read_parquet('{DATA}/departures.parquet', file_row_number = true) d \
         JOIN '{DATA}/{view}.parquet' v \
         ON v.{key} = d.{key} AND v.event_timestamp <= d.event_timestamp {not_older} \
         QUALIFY row_number() OVER \
         (PARTITION BY d.file_row_number ORDER BY v.event_timestamp DESC) = 1) AS {view}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn every_feature_of_every_departure_is_what_plain_sql_finds() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("training.parquet");
    let report = training_set(&path).await;
    let expected = directory.path().join("expected.parquet");
    sql(&format!(
        "COPY (SELECT file_row_number AS n, temp_f, wind_speed_mph, \
         coalesce(wind_gust_mph, 0.0) AS wind_gust_mph, visibility_mi, built_year, seats, \
         engine_type, last_dest, last_arr_delay \
         FROM read_parquet('{DATA}/departures.parquet', file_row_number = true) \
         LEFT JOIN {} USING (file_row_number) LEFT JOIN {} USING (file_row_number) \
         LEFT JOIN {} USING (file_row_number)) TO '{}' (FORMAT parquet)",
        by_hand(
            "weather",
            "origin",
            Some(3),
            "temp_f, wind_speed_mph, wind_gust_mph, visibility_mi"
        ),
        by_hand("planes", "tailnum", None, "built_year, seats, engine_type"),
        by_hand(
            "arrivals",
            "tailnum",
            Some(7 * 24),
            "last_dest, last_arr_delay"
        ),
        expected.display()
    ));
    let select = |what: &dyn Fn(&str) -> String, from: &str| {
        let columns = FEATURES.map(what).join(", ");
        query(&format!("SELECT {columns} FROM {from}")).remove(0)
    };
    let (trained, expected) = (
        format!("read_parquet('{}', file_row_number = true)", path.display()),
        format!("'{}'", expected.display()),
    );
    let nulls = select(
        &|name| format!("count(*) FILTER ({name} IS NULL) AS {name}"),
        &expected,
    );
    let reported: Vec<(&str, String)> = report
        .features()
        .iter()
        .map(|feature| {
            let without = feature.null() + feature.expired() + feature.missing();
            assert_eq!(feature.found() + without, report.rows(), "{feature:?}");
            let nulls = if feature.has_default() { 0 } else { without };
            (feature.name(), nulls.to_string())
        })
        .collect();
    let counted: Vec<(&str, String)> = FEATURES.into_iter().zip(nulls).collect();
    assert_eq!(reported, counted);
    let different = select(
        &|name| format!("count(*) FILTER (o.{name} IS DISTINCT FROM e.{name}) AS {name}"),
        &format!("{trained} o FULL JOIN {expected} e ON o.file_row_number = e.n"),
    );
    assert_eq!(different, ["0"; 9], "{FEATURES:?}");
    for name in ["built_year", "seats", "last_dest"] {
        let (_, nulls) = counted.iter().find(|(known, _)| *known == name).unwrap();
        let nulls: u64 = nulls.parse().unwrap();
        assert!(nulls > 0 && nulls < DEPARTURES, "{name}: {nulls}");
    }
}
