use featurestore::prelude::*;

#[derive(EntityKey, Debug, Clone)]
pub struct UserGenre {
    pub user_id: String,
    pub genre: String,
}

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: UserGenre,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

fn main() {}
