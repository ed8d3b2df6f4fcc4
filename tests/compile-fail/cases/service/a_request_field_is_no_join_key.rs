use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_service]
pub struct Next {
    #[from(Activity)]
    pub count: Option<i64>,
    /// Who watches.
    #[request]
    pub user_id: String,
}

fn main() {}
