// A number that a double takes for zero, for a whole or for an infinite one is none of a declaration's.
use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    #[column(range = 1e-400..=0.99999999999999999)]
    pub score: f64,
    #[column(range = -1e400..)]
    pub spent: f64,
    #[column(default = -1e-400)]
    pub total: f64,
    #[column(range = 0.., mostly = 0.99999999999999999)]
    pub days: i32,
    #[column(range = 0.1..=1.5e300, default = 0e-400)]
    pub age: f64,
}

fn main() {}
