use featurestore::prelude::*;

// An event time that counts seconds.
#[feature_view(entity = "user_id", source = "data/times.parquet", timestamp = "count")]
pub struct Seconds {
    pub user_id: String,
    pub count: Timestamp,
    pub spent: f64,
}

// One that is a text, and a created time that is no time at all.
#[feature_view(entity = "user_id", source = "data/times.parquet", timestamp = "title", created = "is_new")]
pub struct Texts {
    pub user_id: String,
    pub title: Timestamp,
    pub is_new: Timestamp,
    pub spent: f64,
}

// A key that is a float, and a feature of either.
#[feature_view(entity = "spent", source = "data/times.parquet")]
pub struct Spent {
    pub spent: i64,
    pub event_timestamp: Timestamp,
    pub count: Timestamp,
    pub clock: String,
}

// A query is mended where it selects.
#[feature_view(entity = "user_id", sql = "SELECT * FROM 'data/rows.csv'")]
pub struct Query {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub many: i64,
}

fn main() {}
