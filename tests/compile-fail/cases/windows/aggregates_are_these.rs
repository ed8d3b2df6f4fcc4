// An aggregate is one that there is, with what it takes.
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
    #[column(agg = avg(amount), window = "7d")]
    pub mean: Option<f64>,
    #[column(agg = sum, window = "7d")]
    pub spent: Decimal<18, 2>,
    #[column(agg = sum(), window = "7d")]
    pub spent_7d: Decimal<18, 2>,
    #[column(agg = last(country, 0), window = "7d")]
    pub none: Vec<String>,
    #[column(agg = top(country, 1001), window = "7d")]
    pub many: Vec<String>,
    #[column(agg = quantile(score, 1.5), window = "7d", error = 0.01)]
    pub most: Option<f64>,
    #[column(agg = variance(score, sample), window = "7d")]
    pub spread: Option<f64>,
    #[column(agg = sum(amount * 2), window = "7d")]
    pub twice: Decimal<18, 2>,
}

fn main() {}
