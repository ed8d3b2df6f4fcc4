use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    #[column(range = 0..)]
    pub genre: String,
    #[column(one_of = ["a", "b"])]
    pub count: i64,
}

fn main() {}
