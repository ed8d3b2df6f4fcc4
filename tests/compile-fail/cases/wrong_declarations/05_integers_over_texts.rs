// Declared: `i64` over texts
// Unnoticed: fails at run time, at the first text that is no number
use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/wrong.parquet")]
pub struct Wrong {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub code: i64,
}

fn main() {}
