// The mistake is the view's, once; what reads it is left alone.
use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet", ttl = "soon")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub cuont: i64,
    pub genre: Option<String>,
}

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Other {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_service]
pub struct Next {
    #[from(Activity)]
    pub cuont: Option<i64>,
    #[from(Activity, default = "drama")]
    pub genre: String,
    #[from(Other)]
    pub count: Option<i64>,
}

async fn reads(store: FeatureStore, key: String) {
    let _ = store.serve::<Next>(&key).await;
    let _: Lookup<i64> = store.select(&key, Activity::CUONT).await.unwrap();
}

fn main() {}
