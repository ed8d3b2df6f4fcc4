// Declared: a published `String` column re-typed to `i64`, with its source
// Unnoticed: keeps serving the bytes of the old type
use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/wrong.parquet")]
pub struct Plays {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub number: i64,
}

fn main() {}
