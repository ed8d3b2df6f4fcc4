// What may be an estimate says how far it is off; the rest is exact.
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
    #[column(agg = distinct(country), window = "7d")]
    pub countries: i64,
    #[column(agg = quantile(amount, 0.9), window = "7d")]
    pub most: Option<f64>,
    #[column(agg = count(), window = "7d", error = 0.1)]
    pub payments: i64,
    #[column(agg = distinct(country), window = "7d", error = 0.0001)]
    pub exact: i64,
    #[column(agg = quantile(amount, 0.9), window = "7d", error = 1.5)]
    pub any: Option<f64>,
    #[column(agg = quantile(amount, 0.9), window = "7d", error = "2 %")]
    pub percent: Option<f64>,
}

fn main() {}
