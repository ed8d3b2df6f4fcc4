use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/delta")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i32,
}

fn main() {}
