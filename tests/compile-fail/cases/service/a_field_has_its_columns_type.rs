use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
    pub genre: Option<String>,
}

#[feature_service]
pub struct Next {
    #[from(Activity)]
    pub count: Option<i32>,
    #[from(Activity, default = 0)]
    pub genre: i64,
}

fn main() {}
