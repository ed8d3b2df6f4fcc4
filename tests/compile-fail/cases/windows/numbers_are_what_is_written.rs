// A filter compares with the number that is written, not with the double that is made of it.
use featurestore::prelude::*;

#[event_source(source = "data/payments.parquet", id = "payment_id")]
pub struct Payment {
    pub event_timestamp: Timestamp,
    pub payment_id: i64,
    pub user_id: String,
    pub amount: Decimal<38, 20>,
    pub score: f64,
}

#[feature_view(entity = "user_id", events = Payment)]
pub struct Payments {
    pub user_id: String,
    #[column(agg = count(), window = "7d", filter = score > 1e-400)]
    pub above: i64,
    #[column(agg = count(), window = "7d", filter = score < -1e400)]
    pub below: i64,
    #[column(agg = count(), window = "7d", filter = amount < 0.99999999999999999)]
    pub digits: i64,
    #[column(agg = distinct(user_id), window = "7d", error = 1e-400)]
    pub distinct: i64,
}

fn main() {}
