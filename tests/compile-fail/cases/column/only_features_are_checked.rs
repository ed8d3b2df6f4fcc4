use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    #[column(one_of = ["a"])]
    pub user_id: String,
    #[column(default = 0)]
    pub event_timestamp: Timestamp,
    pub count: i64,
}

fn main() {}
