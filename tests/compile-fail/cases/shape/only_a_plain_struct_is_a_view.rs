use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity(String, i64);

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub enum Kind {
    A,
}

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Generic<T> {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: T,
}

fn main() {}
