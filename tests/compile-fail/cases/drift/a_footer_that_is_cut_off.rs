use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/cut.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

fn main() {}
