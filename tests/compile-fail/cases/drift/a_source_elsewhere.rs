use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "s3://bucket/watch.parquet")]
pub struct Watch {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_view(entity = "user_id", source = "https://host/plays.csv")]
pub struct Plays {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

fn main() {}
