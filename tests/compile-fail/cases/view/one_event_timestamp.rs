// Which of two instants a row belongs to is never a guess.
use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet", timestamp = "seen")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
    pub seen: Timestamp,
}

#[feature_view(entity = "user_id", source = "data/a.parquet", created = "event_timestamp")]
pub struct Created {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_view(entity = ["user_id", "seen"], timestamp = "seen", source = "data/a.parquet")]
pub struct Keyed {
    pub user_id: String,
    pub seen: Timestamp,
    pub count: i64,
}

fn main() {}
