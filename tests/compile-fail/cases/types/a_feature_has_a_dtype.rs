use featurestore::prelude::*;

pub struct Money(f64);

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub spent: Money,
    pub count: Option<Money>,
}

fn main() {}
