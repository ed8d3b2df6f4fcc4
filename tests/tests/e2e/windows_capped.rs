//! An entity with more events than exact windows keep: an error by name wherever it is read, and never a smaller
//! number; what else is asked is answered.

use std::sync::Arc;

use featurestore::StoreError;
use featurestore::http::HttpSettings;
use featurestore::mcp::McpSettings;
use featurestore::prelude::*;
use featurestore_tests::MemoryStore;
use serde_json::{Value as Json, json};

use crate::support::{Served, sql, time};
use crate::visits::{AllVisits, LateVisits, Visits};

const NOW: &str = "2026-06-01T00:10:00Z";

/// A store that has one user with an event each 25 s for 29 days, from a little before 30 days ago on, and another with one event.
async fn store(directory: &std::path::Path, materialized: bool) -> FeatureStore {
    let data = directory.join("data");
    std::fs::create_dir(&data).unwrap();
    sql(&format!(
        "COPY (SELECT range AS visit_id, 'many' AS user_id, \
         TIMESTAMP '2026-05-01 23:50:00' + INTERVAL (25 * range) SECOND AS event_timestamp FROM range(100200) \
         UNION ALL SELECT 1000000, 'few', TIMESTAMP '2026-05-31 12:00:00') TO '{}' (FORMAT parquet)",
        data.join("visits.parquet").display()
    ));
    let store = FeatureStore::builder("visits")
        .registry(registry![Visits, AllVisits, LateVisits])
        .online_store(Arc::new(MemoryStore::default()))
        .data_root(directory)
        .clock(Clock::fixed(time(NOW)))
        .open()
        .await
        .unwrap();
    if materialized {
        let report = store.materialize().run().await.unwrap();
        assert!(report.is_ok(), "{report:?}");
    }
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entity_over_the_cap_is_an_error_by_name_in_typed_reads() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(directory.path(), true).await;
    let many = "many".to_owned();
    let names = |error: &StoreError| {
        let text = error.to_string();
        for part in [
            "view `visits`",
            "`visits_30d`",
            "user_id:many",
            "100000",
            "resolution",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    };
    names(&store.get::<Visits>(&many).await.unwrap_err());
    names(&store.serve::<AllVisits>(&many).await.unwrap_err());
    names(
        &store
            .select(&many, (Visits::VISITS_30D,))
            .await
            .unwrap_err(),
    );
    // Another window of the same entity is whole, and so are those of others.
    let (late,) = store.select(&many, (Visits::VISITS_2D,)).await.unwrap();
    assert_eq!(late, Lookup::Found(3_383));
    assert_eq!(
        store.serve::<LateVisits>(&many).await.unwrap().visits_2d,
        3_383
    );
    let mut all = store
        .serve_many::<AllVisits>(&["few".to_owned(), many, "nobody".to_owned()])
        .await
        .unwrap();
    let nobody = all.pop().unwrap().unwrap();
    assert_eq!((nobody.visits_30d, nobody.visits_2d), (0, 0));
    names(&all.pop().unwrap().unwrap_err());
    let few = all.pop().unwrap().unwrap();
    assert_eq!((few.visits_30d, few.visits_2d), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entity_over_the_cap_is_an_error_by_name_over_http_and_to_agents() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(directory.path(), true).await;
    let agents = McpSettings::new().service("all_visits");
    let served = Served::with(HttpSettings::new().mcp(agents), store).await;
    let (status, answer) = served
        .post(json!({"user_id": "many", "service": "all_visits"}))
        .await;
    let answer: Json = serde_json::from_str(&answer).unwrap();
    assert_eq!(
        (status, &answer["error"]["code"]),
        (422, &json!("too_many_events"))
    );
    let told = answer["error"]["message"].as_str().unwrap();
    assert!(told.contains("`visits_30d` of view `visits`"), "{told}");
    assert!(!told.contains("many "), "{told}");
    let answer = served
        .ask(json!({"user_id": ["few", "many"], "service": "all_visits"}))
        .await;
    assert_eq!(answer["results"][0]["features"]["visits_30d"], 1);
    assert_eq!(answer["results"][1]["error"]["code"], "too_many_events");
    let late = served
        .ask(json!({"user_id": "many", "features": ["visits_2d"]}))
        .await;
    assert_eq!(late["features"]["visits_2d"], 3_383);
    let called = served.call("all_visits", json!({"user_id": "many"})).await;
    assert_eq!(called["isError"], true, "{called}");
    let told = called["content"][0]["text"].as_str().unwrap();
    assert!(told.contains("`visits_30d` of view `visits`"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_was_not_loaded_is_an_error_by_name_over_http_and_to_agents() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(directory.path(), false).await;
    let agents = McpSettings::new().service("all_visits");
    let served = Served::with(HttpSettings::new().mcp(agents), store).await;
    let (status, answer) = served
        .post(json!({"user_id": "few", "service": "all_visits"}))
        .await;
    let answer: Json = serde_json::from_str(&answer).unwrap();
    assert_eq!(
        (status, &answer["error"]["code"]),
        (503, &json!("not_loaded"))
    );
    let called = served.call("all_visits", json!({"user_id": "few"})).await;
    for told in [&answer["error"]["message"], &called["content"][0]["text"]] {
        let told = told.as_str().unwrap();
        assert!(told.contains("view `visits` were not loaded"), "{told}");
    }
}
