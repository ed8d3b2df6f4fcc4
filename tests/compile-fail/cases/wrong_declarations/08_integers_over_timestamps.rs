// Declared: `i64` over timestamps
// Unnoticed: serves a number whose unit nobody wrote down
use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/wrong.parquet")]
pub struct Wrong {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub seen: i64,
}

fn main() {}
