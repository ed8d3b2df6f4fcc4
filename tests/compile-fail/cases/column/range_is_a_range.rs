use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    #[column(range = 10)]
    pub count: i64,
    #[column(range = 10..=1)]
    pub spent: f64,
    #[column(range = ..)]
    pub days: i32,
    #[column(range = "a".."b")]
    pub score: f64,
}

fn main() {}
