use featurestore::prelude::*;

pub struct Plain;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub genre: Json<Plain>,
    pub title: Option<Json<Vec<Plain>>>,
}

fn main() {}
