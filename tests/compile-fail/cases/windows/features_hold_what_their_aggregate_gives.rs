// A sum is as wide as what is summed, a mean is a float, and a last value is one of the column's.
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
    pub payments: f64,
    #[column(agg = sum(amount), window = "7d")]
    pub spent: f64,
    #[column(agg = sum(amount), window = "7d")]
    pub spent_in_cents: Decimal<18, 0>,
    #[column(agg = sum(items), window = "7d")]
    pub items: i16,
    #[column(agg = sum(score), window = "7d")]
    pub score: f32,
    #[column(agg = mean(amount), window = "7d")]
    pub mean: Option<Decimal<12, 2>>,
    #[column(agg = max(items), window = "7d")]
    pub most: Option<i64>,
    #[column(agg = last(country, 3), window = "7d")]
    pub last_countries: String,
    #[column(agg = top(country, 3), window = "7d")]
    pub top_countries: Vec<Option<String>>,
    #[column(agg = distinct(country), window = "7d", error = 0.1)]
    pub countries: u8,
}

fn main() {}
