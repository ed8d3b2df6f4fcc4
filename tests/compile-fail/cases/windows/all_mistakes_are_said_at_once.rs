// Mistakes in several columns, and in the event source, are all said in one run.
use featurestore::prelude::*;

#[event_source(source = "data/payments.parquet", id = "payment_id", lateness = "soon")]
pub struct Payment {
    pub event_timestamp: Timestamp,
    pub payment_id: i64,
    pub user_id: String,
    pub amount: Decimal<12, 2>,
    pub country: i32,
}

#[feature_view(entity = "user_id", events = Payment, owner = 3)]
pub struct UserPayments {
    pub user_id: String,
    #[column(agg = sum(amount), window = "7d")]
    pub spent: f64,
    #[column(agg = mean(amount), window = "7d", resolution = "2d")]
    pub mean: Option<f64>,
    #[column(agg = sum(cuontry), window = "7d")]
    pub countries: i64,
    #[column(agg = count(), window = "7d", filter = amount > "3")]
    pub large: i64,
    #[column(agg = count(), windw = "7d")]
    pub payments: i64,
}

fn main() {}
