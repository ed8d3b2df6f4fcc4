// What is read has the type of its column, and a key the type of its view's.
use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

async fn reads(store: FeatureStore) {
    let _: Lookup<String> = store.select(&String::from("8a2f"), Activity::COUNT).await.unwrap();
    let _ = store.get::<Activity>(&7_i64).await;
}

fn main() {}
