// The only error is the other view's: the first has a new version.
use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet", version = 2)]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: String,
}

#[feature_view(entity = "user_id", source = "data/a.parquet", name = "activity")]
pub struct Old {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: String,
}

fn main() {}
