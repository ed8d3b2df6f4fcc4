// Declared: `bool` over integers
// Unnoticed: makes true of 2, and of every number that is not 0
use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/wrong.parquet")]
pub struct Wrong {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub flags: bool,
}

fn main() {}
