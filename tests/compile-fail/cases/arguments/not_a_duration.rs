use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet", ttl = "2 days", cadence = "0s", settling = "99999999999999w")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

fn main() {}
