//! Reads of many entities at once, counted by the store; and what is known beside the features.

use std::sync::Arc;
use std::time::Duration;

use featurestore::prelude::*;
use featurestore_tests::MemoryStore;

use super::versions::{Profile, Served, profile, store};

#[tokio::test]
async fn an_entity_that_comes_again_is_read_once_and_the_order_is_kept() {
    let memory = Arc::new(MemoryStore::default());
    let store = store(Arc::clone(&memory) as _).await;
    let rows: Vec<_> = ["0", "1", "2"].iter().map(|key| profile(key)).collect();
    store.push(&rows).await.unwrap();
    let keys = ["2", "0", "2", "x", "0", "1", "x"].map(str::to_owned);
    let expected = |key: &String| match key.as_str() {
        "x" => Lookup::Missing,
        key => Lookup::Found(profile(key)),
    };
    let read = store.get_many::<Profile>(&keys).await.unwrap();
    let read: Vec<_> = read.into_iter().map(Result::unwrap).collect();
    assert_eq!(read, keys.iter().map(expected).collect::<Vec<_>>());
    assert_eq!((memory.reads(), memory.entities()), (1, 4));

    let served = store.serve_many::<Served>(&keys).await.unwrap();
    for (key, served) in keys.iter().zip(served) {
        assert_eq!(
            served.unwrap().visits,
            if key == "x" { 0 } else { 3 },
            "{key}"
        );
    }
    assert_eq!((memory.reads(), memory.entities()), (2, 8));
}

#[tokio::test]
async fn a_service_is_served_with_the_times_and_ages_of_its_rows() {
    let memory = Arc::new(MemoryStore::default());
    let row = profile("0");
    let now = row.event_timestamp + Duration::from_secs(90);
    let store = FeatureStore::builder("p")
        .registry(featurestore::registry![])
        .online_store(Arc::clone(&memory) as _)
        .clock(Clock::fixed(now));
    let store = store.open().await.unwrap();
    store.push(std::slice::from_ref(&row)).await.unwrap();
    let served = store
        .serve_with_ages::<Served>(&"0".to_owned())
        .await
        .unwrap();
    assert_eq!(served.features().visits, 3);
    let view = served.view::<Profile>().unwrap();
    assert_eq!(view.row(), Lookup::Found(row.event_timestamp));
    assert_eq!(view.age(), Some(Duration::from_secs(90)));
    assert_eq!((served.views().len(), view.view()), (1, "profile"));
    let nobody = store
        .serve_with_ages::<Served>(&"x".to_owned())
        .await
        .unwrap();
    let view = nobody.view::<Profile>().unwrap();
    assert_eq!((view.row(), view.age()), (Lookup::Missing, None));
}
