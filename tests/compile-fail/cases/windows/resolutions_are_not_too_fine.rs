// The longest window has no more than 721 steps.
use featurestore::prelude::*;

#[derive(FeatureEnum, Clone, Copy)]
pub enum Purpose {
    Food,
    Travel,
}

#[event_source(source = "data/payments.parquet", id = "payment_id")]
pub struct Payment {
    pub event_timestamp: Timestamp,
    pub payment_id: i64,
    pub user_id: String,
    pub amount: Decimal<12, 2>,
    pub country: String,
    pub purpose: Option<Purpose>,
    pub score: Option<f64>,
    pub items: i32,
    pub declined: bool,
    pub tags: Vec<String>,
}

#[feature_view(entity = "user_id", events = Payment)]
pub struct UserPayments {
    pub user_id: String,
    #[column(agg = count(), window = "365d")]
    pub payments_1y: i64,
    #[column(agg = count(), window = "1d", resolution = "9m")]
    pub payments_1d: i64,
}

fn main() {}
