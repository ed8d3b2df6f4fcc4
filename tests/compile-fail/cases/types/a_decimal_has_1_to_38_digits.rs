use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub spent: Decimal<4, 5>,
    pub total: Option<Decimal<39, 2>>,
    pub count: Vec<Decimal<0, 0>>,
}

fn main() {}
