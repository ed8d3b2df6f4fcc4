// Declared: `i64` over doubles
// Unnoticed: serves 1 where training saw 1.7
use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/wrong.parquet")]
pub struct Wrong {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub ratio: i64,
}

fn main() {}
