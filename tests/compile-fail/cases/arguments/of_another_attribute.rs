use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet", default = 3)]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    #[column(ttl = "1d")]
    pub count: i64,
}

fn main() {}
