// Declared: `i32` over 64-bit integers
// Unnoticed: has no place for 3000000000
use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/wrong.parquet")]
pub struct Wrong {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub total: i32,
}

fn main() {}
