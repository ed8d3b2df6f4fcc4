// Sums are of numbers, floats are not told apart, and lists are in no aggregate.
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
    #[column(agg = sum(country), window = "7d")]
    pub countries: i64,
    #[column(agg = mean(declined), window = "7d")]
    pub declined: Option<f64>,
    #[column(agg = stddev(purpose), window = "7d")]
    pub spread: Option<f64>,
    #[column(agg = distinct(score), window = "7d", error = 0.02)]
    pub scores: i64,
    #[column(agg = last(tags), window = "7d")]
    pub tags: Option<Vec<String>>,
    #[column(agg = quantile(payment_id, 0.5), window = "7d", error = 0.02)]
    pub fine: Option<f64>,
}

fn main() {}
