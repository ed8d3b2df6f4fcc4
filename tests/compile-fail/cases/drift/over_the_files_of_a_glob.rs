use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/parts/*.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i32,
}

#[feature_view(entity = "user_id", source = "data/parts")]
pub struct Folder {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: String,
}

fn main() {}
