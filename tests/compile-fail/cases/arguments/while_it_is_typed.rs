// The struct is there while its attribute is written: only the attribute is an error.
use featurestore::prelude::*;

#[feature_view(entity = )]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_view(entity = "user_id", source = "data/a.parquet", ttl)]
pub struct Other {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_service]
pub struct Next {
    #[from()]
    pub count: Option<i64>,
}

fn uses(activity: Activity, other: Other, next: Next) -> (String, i64, Option<i64>) {
    let _ = (Activity::COUNT, Other::COUNT);
    (activity.user_id, other.count, next.count)
}

async fn reads(store: FeatureStore, key: String) {
    let _ = store.get::<Other>(&key).await;
    let _ = Other::definition();
    let _ = Next::definition();
}

fn main() {}
