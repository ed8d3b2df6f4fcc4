// Of no event a count is 0, and a mean is nothing.
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
    #[column(agg = count(), window = "7d")]
    pub payments: Option<i64>,
    #[column(agg = sum(amount), window = "7d", default = 0)]
    pub spent: Decimal<18, 2>,
    #[column(agg = last(country, 3), window = "7d")]
    pub last_countries: Option<Vec<String>>,
    #[column(agg = mean(amount), window = "7d")]
    pub mean: f64,
    #[column(agg = last(country), window = "7d", default = "?")]
    pub last: Option<String>,
}

fn main() {}
