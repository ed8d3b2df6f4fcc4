use featurestore::prelude::*;

#[feature_view(entity = ["user_id", "genre"], source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub genre: Option<String>,
    pub count: i64,
}

#[derive(EntityKey)]
pub struct UserGenre {
    pub user_id: String,
    pub genre: Option<String>,
}

fn main() {}
