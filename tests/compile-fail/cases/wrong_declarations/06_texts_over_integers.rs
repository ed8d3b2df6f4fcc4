// Declared: `String` over integers
// Unnoticed: serves "42" where training saw 42
use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/wrong.parquet")]
pub struct Wrong {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub number: String,
}

fn main() {}
