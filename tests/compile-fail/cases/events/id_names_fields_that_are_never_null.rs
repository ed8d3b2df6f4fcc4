// Events of one time are told apart by fields that are always there.
use featurestore::prelude::*;

#[event_source(source = "data/payments.parquet")]
pub struct WithoutId {
    pub event_timestamp: Timestamp,
    pub user_id: String,
}

#[event_source(source = "data/payments.parquet", id = ["payment_id", "amount", "payment_id", "event_timestamp", "paymnet"])]
pub struct Payment {
    pub event_timestamp: Timestamp,
    pub payment_id: Option<i64>,
    pub amount: f64,
}

fn main() {}
