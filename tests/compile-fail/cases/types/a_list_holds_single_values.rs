use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: Vec<Vec<i64>>,
    pub spent: Option<Vec<[f32; 2]>>,
    pub genre: Vec<Option<Vec<String>>>,
}

fn main() {}
