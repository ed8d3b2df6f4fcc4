use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/names.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub value: i64,
    pub watch_count: i64,
    pub café: i64,
}

fn main() {}
