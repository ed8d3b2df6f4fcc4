use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/times.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    #[serde(rename = "count")]
    pub watch_count: i64,
    #[serde(default, rename = "spent")]
    #[column(rename = "nothing")]
    pub spent: f64,
    #[serde(rename = "elsewhere")]
    pub days: i32,
}

fn main() {}
