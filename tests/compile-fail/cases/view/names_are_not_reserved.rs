use featurestore::prelude::*;

#[feature_view(entity = ["user_id", "features"], source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    #[column(rename = "genre")]
    pub features: String,
    pub event_timestamp: Timestamp,
    #[column(rename = "count")]
    pub __count: i64,
}

#[feature_service]
pub struct Next {
    #[from(Activity, column = __count)]
    pub event_timestamp: Option<i64>,
}

fn main() {}
