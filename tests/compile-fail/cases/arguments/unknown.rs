use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet", cadense = "1h")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    #[column(renam = "n")]
    pub count: i64,
}

fn main() {}
