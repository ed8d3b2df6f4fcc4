// A row that takes its event back says so by a bool.
use featurestore::prelude::*;

#[event_source(source = "data/payments.parquet", id = "payment_id", deleted = "country")]
pub struct Payment {
    pub event_timestamp: Timestamp,
    pub payment_id: i64,
    pub country: String,
}

#[event_source(source = "data/payments.parquet", id = "payment_id", deleted = "removed")]
pub struct Other {
    pub event_timestamp: Timestamp,
    pub payment_id: i64,
}

fn main() {}
