// Every entity has a count, and a mean only where there were events.
use featurestore::prelude::*;

#[event_source(source = "data/payments.parquet", id = "payment_id")]
pub struct Payment {
    pub event_timestamp: Timestamp,
    pub payment_id: i64,
    pub user_id: String,
    pub amount: Decimal<12, 2>,
    pub country: String,
    pub purpose: Option<String>,
    pub score: Option<f64>,
    pub items: i32,
    pub declined: bool,
    pub tags: Vec<String>,
}

#[feature_view(entity = "user_id", events = Payment)]
pub struct UserPayments {
    pub user_id: String,
    #[column(agg = count(), window = "7d")]
    pub payments: i64,
    #[column(agg = mean(amount), window = "7d")]
    pub mean: Option<f64>,
}

#[feature_service]
pub struct Payer {
    #[from(UserPayments)]
    pub payments: i64,
    #[from(UserPayments)]
    pub mean: f64,
}

fn main() {}
