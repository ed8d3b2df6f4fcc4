use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
    #[column(rename = "count")]
    pub total: i64,
    #[column(rename = "genre")]
    pub last_genre: String,
    #[allow(non_snake_case)]
    #[column(rename = "spent")]
    pub lastGenre: f64,
}

fn main() {}
