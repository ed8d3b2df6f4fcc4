// Declared: `Date` over timestamps
// Unnoticed: serves the day and loses the time
use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/wrong.parquet")]
pub struct Wrong {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub seen: Date,
}

fn main() {}
