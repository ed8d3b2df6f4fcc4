//! The flights example online, on its month of real data: reads over two entities against the
//! training set.

use featurestore::prelude::*;
use flights::{
    Aircraft, Airport, DelayFeatures, Departure, EngineType, JANUARY_ENDS, LastArrival, TailNumber,
    Weather,
};
use serde_json::json;

use crate::support::{Online, Served, Watch, query, time};

/// Every column of the three views, and why one is not there.
#[feature_service(key = Departure)]
#[derive(Debug, Clone, PartialEq)]
struct Everything {
    #[from(Weather)]
    temp_f: Lookup<Option<f64>>,
    #[from(Weather)]
    humidity_pct: Lookup<Option<f64>>,
    #[from(Weather)]
    wind_dir_deg: Lookup<Option<i16>>,
    #[from(Weather)]
    wind_speed_mph: Lookup<Option<f64>>,
    #[from(Weather)]
    wind_gust_mph: Lookup<Option<f64>>,
    #[from(Weather)]
    precip_in: Lookup<Option<f64>>,
    #[from(Weather)]
    visibility_mi: Lookup<Option<f64>>,
    #[from(Aircraft)]
    built_year: Lookup<Option<i16>>,
    #[from(Aircraft)]
    manufacturer: Lookup<String>,
    #[from(Aircraft)]
    seats: Lookup<i16>,
    #[from(Aircraft)]
    engine_type: Lookup<EngineType>,
    #[from(LastArrival)]
    last_dest: Lookup<String>,
    #[from(LastArrival)]
    last_arr_delay: Lookup<i64>,
    #[from(LastArrival)]
    last_distance: Lookup<i64>,
}

pub(crate) const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/flights/data");

/// The features of the example's service, in its order.
pub(crate) const FEATURES: [&str; 9] = [
    "temp_f",
    "wind_speed_mph",
    "wind_gust_mph",
    "visibility_mi",
    "built_year",
    "seats",
    "engine_type",
    "last_dest",
    "last_arr_delay",
];

on_both_stores! {
    online_reads_over_two_entities_agree_with_the_training_set,
}

/// Every 400th departure's airport and aircraft, and some that are nowhere.
fn departures() -> Vec<Departure> {
    let known = query(&format!(
        "SELECT origin, tailnum FROM read_parquet('{DATA}/departures.parquet', file_row_number = true) \
         WHERE file_row_number % 400 = 0 AND tailnum IS NOT NULL ORDER BY file_row_number"
    ));
    let mut departures: Vec<Departure> = known
        .iter()
        .map(|row| departure(&row[0], &row[1]))
        .collect();
    assert!(departures.len() > 60, "{}", departures.len());
    departures.push(departure("JFK", "N00000"));
    departures.push(departure("SFO", "N593JB"));
    departures.push(departure("", ""));
    departures
}

fn departure(origin: &str, tailnum: &str) -> Departure {
    Departure {
        origin: Airport::from(origin),
        tailnum: TailNumber::from(tailnum),
    }
}

async fn online_reads_over_two_entities_agree_with_the_training_set(online: &Online) {
    let watch = Watch::at(JANUARY_ENDS);
    let registry = registry![Weather, Aircraft, LastArrival, DelayFeatures, Everything];
    let store = flights::store().registry(registry).clock(watch.clock());
    let store = store.online(online.url()).open().await.unwrap();
    let served = Served::start(store.clone()).await;
    let departures = departures();
    let mut all = Vec::new();
    for now in [
        time("2013-01-03T06:30:00Z"),
        time("2013-01-16T18:00:00Z"),
        JANUARY_ENDS,
    ] {
        watch.set(now);
        let report = store.materialize().run().await.unwrap();
        assert!(report.is_ok(), "{report:?}");
        let spine = || Spine::rows(departures.iter().map(|key| (key.clone(), now)));
        let trained = store
            .historical::<Everything>(spine())
            .rows()
            .await
            .unwrap()
            .collect()
            .await
            .unwrap();
        let online = store.serve_many::<Everything>(&departures).await.unwrap();
        assert_eq!(trained.len(), departures.len());
        for (trained, online) in trained.into_iter().zip(online) {
            assert_eq!(
                online.unwrap(),
                trained.features,
                "{:?} at {now}",
                trained.key
            );
            all.push(trained.features);
        }
        let trained = store
            .historical::<DelayFeatures>(spine())
            .rows()
            .await
            .unwrap()
            .collect()
            .await
            .unwrap();
        for (key, trained) in departures.iter().zip(&trained) {
            let features = &trained.features;
            assert_eq!(store.serve::<DelayFeatures>(key).await.unwrap(), *features);
            over_http(&served, key, features).await;
        }
    }
    every_kind_of_value_is_seen(&all);
}

/// The answer to the letter: a client's JSON parser may round what the server wrote exactly.
async fn over_http(served: &Served, key: &Departure, features: &DelayFeatures) {
    let text = |part: usize| key.to_parts()[part].to_json(featurestore::Dtype::String);
    let (origin, tailnum) = (text(0), text(1));
    let request = json!({ "origin": origin, "tailnum": tailnum, "service": "delay_features" });
    let values = [
        json!(features.temp_f),
        json!(features.wind_speed_mph),
        json!(features.wind_gust_mph),
        json!(features.visibility_mi),
        json!(features.built_year),
        json!(features.seats),
        json!(features.engine_type.map(FeatureEnum::as_str)),
        json!(features.last_dest),
        json!(features.last_arr_delay),
    ];
    let features: Vec<String> = FEATURES
        .iter()
        .zip(values)
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    let expected = format!(
        "{{\"origin\":{origin},\"tailnum\":{tailnum},\"features\":{{{}}}}}",
        features.join(",")
    );
    assert_eq!(served.post(request).await, (200, expected));
}

/// A comparison says something about values, nulls, expired and missing rows only where it has some.
fn every_kind_of_value_is_seen(rows: &[Everything]) {
    let count = |kind: fn(&Everything) -> bool| rows.iter().filter(|row| kind(row)).count();
    for (kind, seen) in [
        (
            "a float",
            count(|row| matches!(row.temp_f, Lookup::Found(Some(_)))),
        ),
        (
            "a null float",
            count(|row| row.wind_gust_mph == Lookup::Found(None)),
        ),
        (
            "a gust",
            count(|row| matches!(row.wind_gust_mph, Lookup::Found(Some(_)))),
        ),
        (
            "an integer",
            count(|row| matches!(row.wind_dir_deg, Lookup::Found(Some(_)))),
        ),
        (
            "a widened integer",
            count(|row| matches!(row.last_arr_delay, Lookup::Found(-60..0))),
        ),
        (
            "a null integer",
            count(|row| row.built_year == Lookup::Found(None)),
        ),
        (
            "an enum",
            count(|row| row.engine_type == Lookup::Found(EngineType::TurboJet)),
        ),
        (
            "another enum",
            count(|row| row.engine_type == Lookup::Found(EngineType::TurboFan)),
        ),
        (
            "an aircraft of which nothing is known",
            count(|row| row.seats == Lookup::Missing),
        ),
        (
            "an expired arrival",
            count(|row| matches!(row.last_dest, Lookup::Expired { .. })),
        ),
        (
            "an arrival that is too early to know",
            count(|row| row.last_dest == Lookup::Missing),
        ),
        (
            "an airport without weather",
            count(|row| row.temp_f == Lookup::Missing),
        ),
    ] {
        assert!(seen > 0, "{kind} is never seen");
    }
}
