use featurestore::prelude::*;

pub struct Plain;

pub struct NoKey;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_service]
pub struct Next {
    #[from(Plain)]
    pub count: Option<i64>,
}

#[feature_service(key = NoKey)]
pub struct Other {
    #[from(Activity)]
    pub count: Option<i64>,
}

fn main() {}
