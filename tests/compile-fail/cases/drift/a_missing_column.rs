use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/watch.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub cuont: f64,
    pub age: i64,
    #[column(rename = "day")]
    pub days: i32,
}

#[feature_service]
pub struct Next {
    #[from(Activity)]
    pub cuont: Option<f64>,
    #[from(Activity, default = 0)]
    pub days: i32,
}

fn main() {}
