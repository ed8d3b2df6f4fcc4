use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/watch.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
    pub days: i64,
    pub genre: i64,
}

fn main() {}
