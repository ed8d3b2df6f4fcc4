use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    #[column(range = 0.., mostly = 99)]
    pub count: i64,
    #[column(mostly = 0.99)]
    pub spent: f64,
}

fn main() {}
