// Declared: `Vec<u8>` over texts
// Unnoticed: serves bytes where training saw text
use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/wrong.parquet")]
pub struct Wrong {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub label: Vec<u8>,
}

fn main() {}
