// Declared: `f32` over 32-bit integers
// Unnoticed: serves 16777216 for 16777217 (2^24 + 1)
use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/wrong.parquet")]
pub struct Wrong {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub plays: f32,
}

fn main() {}
