// Declared: `f32` over doubles
// Unnoticed: serves 0.1 as 0.100000001490116
use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/wrong.parquet")]
pub struct Wrong {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub score: f32,
}

fn main() {}
