//! The flights example's windows: what is served at a time is what a training set of that time has.

use featurestore::prelude::*;
use flights::{
    AircraftDay, Airport, AirportHours, Carrier, CarrierHours, JANUARY_ENDS, LastArrival,
    RecentDelays, Scheduled, TailNumber,
};

use featurestore::llm::ToolFormat;
use featurestore::registry::service_schema;
use serde_json::json;

use crate::flights_online::DATA;
use crate::support::{Online, Watch, query, time};

on_both_stores! {
    windows_over_three_entities_agree_with_the_training_set,
}

/// Every 400th departure's airport, airline and aircraft, and one that is nowhere.
fn departures() -> Vec<Scheduled> {
    let known = query(&format!(
        "SELECT origin, carrier, tailnum FROM read_parquet('{DATA}/departures.parquet', file_row_number = true) \
         WHERE file_row_number % 400 = 0 AND tailnum IS NOT NULL ORDER BY file_row_number"
    ));
    let nowhere = ["SFO", "XX", "N00000"].map(str::to_owned);
    let rows = known
        .iter()
        .map(|row| [0, 1, 2].map(|part| row[part].clone()));
    rows.chain([nowhere])
        .map(|[origin, carrier, tailnum]| Scheduled {
            origin: Airport::from(origin.as_str()),
            carrier: Carrier::from(carrier.as_str()),
            tailnum: TailNumber::from(tailnum.as_str()),
        })
        .collect()
}

async fn windows_over_three_entities_agree_with_the_training_set(online: &Online) {
    let watch = Watch::at(JANUARY_ENDS);
    let registry = registry![
        AircraftDay,
        AirportHours,
        CarrierHours,
        LastArrival,
        RecentDelays
    ];
    let store = flights::store().registry(registry).clock(watch.clock());
    let store = store.online(online.url()).open().await.unwrap();
    let departures = departures();
    let mut held = 0;
    // Materialized once, values move with the time of the read.
    for (now, materialized) in [
        (time("2013-01-16T18:00:00Z"), true),
        (time("2013-01-16T18:31:00Z"), true),
        (JANUARY_ENDS, true),
        (time("2013-02-01T00:30:00Z"), false),
        (time("2013-02-03T00:00:00Z"), false),
    ] {
        watch.set(now);
        if materialized {
            let report = store.materialize().run().await.unwrap();
            assert!(report.is_ok(), "{report:?}");
        }
        let spine = Spine::rows(departures.iter().map(|key| (key.clone(), now)));
        let trained = store
            .historical::<RecentDelays>(spine)
            .rows()
            .await
            .unwrap();
        let trained = trained.collect().await.unwrap();
        let served = store.serve_many::<RecentDelays>(&departures).await.unwrap();
        assert_eq!(trained.len(), departures.len());
        for (trained, served) in trained.into_iter().zip(served) {
            held += trained.features.departures_1h;
            assert_eq!(
                served.unwrap(),
                trained.features,
                "{:?} at {now}",
                trained.key
            );
        }
    }
    assert!(held > 0, "some windows hold events");
}

#[test]
fn null_is_said_of_windows_that_may_be_empty_alone() {
    let schema = service_schema(RecentDelays::definition()).to_value();
    let tool = RecentDelays::tool().unwrap().to_json(ToolFormat::Mcp);
    let answer = &tool["outputSchema"]["properties"];
    for (name, kind) in [
        ("departures_1h", json!("integer")),
        ("airport_delay_1h", json!(["number", "null"])),
        ("aircraft_last_delay", json!(["integer", "null"])),
        ("last_arr_delay", json!(["integer", "null"])),
    ] {
        assert_eq!(schema["properties"][name]["type"], kind, "{name}");
        assert_eq!(answer[name]["type"], kind, "{name} of the tool");
    }
    let told = |name: &str| answer[name]["description"].as_str().unwrap();
    assert!(!told("departures_1h").contains("null"));
    assert!(told("aircraft_last_delay").contains("null where its window holds nothing"));
    assert!(told("last_arr_delay").contains("null where nothing is known"));
}
