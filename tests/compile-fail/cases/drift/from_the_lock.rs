use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/remote.csv")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_view(entity = "user_id", sql = "SELECT * FROM plays")]
pub struct Query {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

fn main() {}
