use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
    pub days: i32,
}

#[feature_service]
pub struct Next {
    #[from]
    pub count: Option<i64>,
    #[from("Activity")]
    pub other: Option<i64>,
    #[from(Activity, column = "count")]
    pub total: Option<i64>,
    #[from(Activity, 0)]
    pub days: Option<i32>,
}

fn main() {}
