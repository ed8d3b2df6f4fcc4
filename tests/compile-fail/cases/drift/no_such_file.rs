use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/gone.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_view(entity = "user_id", source = "data/*/gone.parquet")]
pub struct Glob {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_view(entity = "user_id", table = "plays")]
pub struct Table {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

fn main() {}
