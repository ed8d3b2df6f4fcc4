use featurestore::prelude::*;

#[feature_view(entity = "user_id")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_view(entity = "user_id", source = "data/a.parquet", table = "a")]
pub struct Two {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_view(entity = "user_id", source = "")]
pub struct Empty {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

fn main() {}
