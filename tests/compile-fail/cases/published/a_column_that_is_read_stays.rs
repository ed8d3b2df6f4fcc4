// `unused` went as well, and no service reads it.
use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    #[column(rename = "total")]
    pub count: i64,
}

fn main() {}
