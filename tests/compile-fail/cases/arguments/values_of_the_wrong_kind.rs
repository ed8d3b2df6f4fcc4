use featurestore::prelude::*;

#[feature_view(entity = user_id, source = 3, version = "two", tags = 1)]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    #[column(rename)]
    pub count: i64,
    #[column]
    pub genre: String,
}

fn main() {}
