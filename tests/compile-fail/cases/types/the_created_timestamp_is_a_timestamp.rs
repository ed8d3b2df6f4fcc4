use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet", created = "count")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
    pub genre: String,
}

#[feature_view(entity = "user_id", source = "data/a.parquet", created = "spent")]
pub struct Of {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub spent: Money,
    pub genre: String,
}

pub struct Money(f64);

fn main() {}
