use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet", cadence = "0 */6 * *")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_view(entity = "user_id", source = "data/a.parquet", cadence = "0 0 30 2 *")]
pub struct Leap {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

fn main() {}
