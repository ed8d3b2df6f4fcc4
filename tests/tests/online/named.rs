//! A row that can't be read is named by its own view and its own entity's address, whatever else
//! was asked for with it.

use std::sync::Arc;

use featurestore::StoreError;
use featurestore::online::{Address, Merge, OnlineStore, RowWrite};
use featurestore::prelude::*;
use featurestore::testing::MemoryStore;

/// What a rider has.
#[feature_view(entity = "rider_id", table = "wallets")]
#[derive(Debug, Clone, PartialEq)]
struct Wallet {
    rider_id: String,
    event_timestamp: Timestamp,
    coins: i64,
}

/// How a rider rides.
#[feature_view(entity = "rider_id", table = "rides")]
#[derive(Debug, Clone, PartialEq)]
struct Rides {
    rider_id: String,
    event_timestamp: Timestamp,
    count: i64,
    last: String,
}

/// A scooter.
#[feature_view(entity = "scooter_id", table = "scooters")]
#[derive(Debug, Clone, PartialEq)]
struct Scooter {
    scooter_id: i64,
    event_timestamp: Timestamp,
    model: String,
}

/// Who rides what.
#[derive(EntityKey, Debug, Clone)]
struct Ride {
    rider_id: String,
    scooter_id: i64,
}

/// Of one entity, over two views.
#[feature_service]
#[derive(Debug, Clone, PartialEq)]
struct Rider {
    #[from(Wallet, default = 0)]
    coins: i64,
    #[from(Rides)]
    last: Option<String>,
}

/// Over two entities.
#[feature_service(key = Ride)]
#[derive(Debug, Clone, PartialEq)]
struct Riding {
    #[from(Rides)]
    last: Option<String>,
    #[from(Scooter)]
    model: Option<String>,
    #[from(Wallet, default = 0)]
    coins: i64,
}

fn time() -> Timestamp {
    "2026-05-07T21:00:00Z".parse().unwrap()
}

/// Takes the last byte off a row of a view, whose last value is then cut off.
async fn damage<V: FeatureView>(online: &MemoryStore, key: &V::Key) {
    let view = V::definition();
    let address = Address::new("p", &view.key_values(&key.to_parts()).unwrap());
    let fields = [view.field()];
    let read = [featurestore::online::EntityRead::new(&address, &fields)];
    let mut row = online.read(&read).await.unwrap()[0][0]
        .clone()
        .unwrap()
        .to_vec();
    row.pop();
    // An equal row would not be written over.
    online.delete_project("p").await.unwrap();
    let row = RowWrite::new(address, view.field(), row, Merge::NewerWins);
    online.write(&[row]).await.unwrap();
}

fn assert_names(error: &StoreError, view: &str, address: &str) {
    let said =
        format!("the row of view `{view}` at {address}: the row is damaged: a value is cut off; ");
    let text = error.to_string();
    assert!(text.starts_with(&said), "{text}");
}

#[tokio::test]
async fn what_can_not_be_read_is_named_by_its_own_view_and_address() {
    let online = Arc::new(MemoryStore::default());
    let store = FeatureStore::builder("p")
        .registry(featurestore::registry![])
        .online_store(Arc::clone(&online) as _);
    let store = store.open().await.unwrap();
    let rider = "ann".to_owned();
    let ride = Ride {
        rider_id: rider.clone(),
        scooter_id: 7,
    };
    let wallet = Wallet {
        rider_id: rider.clone(),
        event_timestamp: time(),
        coins: 3,
    };
    let rides = Rides {
        rider_id: rider.clone(),
        event_timestamp: time(),
        count: 2,
        last: "north".to_owned(),
    };
    let scooter = Scooter {
        scooter_id: 7,
        event_timestamp: time(),
        model: "two".to_owned(),
    };

    store.push(std::slice::from_ref(&rides)).await.unwrap();
    damage::<Rides>(&online, &rider).await;
    store.push(std::slice::from_ref(&wallet)).await.unwrap();
    store.push(std::slice::from_ref(&scooter)).await.unwrap();
    let at = "p:rider_id:ann";
    assert_names(&store.get::<Rides>(&rider).await.unwrap_err(), "rides", at);
    let select = store.select(&rider, Rides::LAST).await;
    assert_names(&select.unwrap_err(), "rides", at);
    let columns = (Wallet::COINS, Rides::COUNT, Rides::LAST);
    let select = store.select(&rider, columns).await;
    assert_names(&select.unwrap_err(), "rides", at);
    assert_names(
        &store.serve::<Rider>(&rider).await.unwrap_err(),
        "rides",
        at,
    );
    assert_names(
        &store.serve::<Riding>(&ride).await.unwrap_err(),
        "rides",
        at,
    );
    let ages = store.serve_with_ages::<Riding>(&ride).await;
    assert_names(&ages.unwrap_err(), "rides", at);

    store.push(std::slice::from_ref(&scooter)).await.unwrap();
    damage::<Scooter>(&online, &7).await;
    store.push(&[wallet]).await.unwrap();
    store.push(&[rides]).await.unwrap();
    let at = "p:scooter_id:7";
    assert_names(
        &store.serve::<Riding>(&ride).await.unwrap_err(),
        "scooter",
        at,
    );
    let coins = store.select(&rider, Wallet::COINS).await.unwrap();
    assert_eq!(coins, Lookup::Found(3));
}
