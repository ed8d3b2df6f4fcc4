// Where events come from and when they count is their source's; other views have no aggregates.
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

#[feature_view(entity = "user_id", events = Payment, source = "data/a.parquet", timestamp = "at", ttl = "1d", cadence = "1h")]
pub struct UserPayments {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    #[column(agg = sum(amount), window = "7d", range = 0.., rename = "sum", mostly = 0.9)]
    pub spent: Decimal<18, 2>,
}

#[feature_view(entity = "user_id", source = "data/c.parquet")]
pub struct Latest {
    #[column(window = "1d")]
    pub user_id: i64,
    pub event_timestamp: Timestamp,
    #[column(agg = max(age), window = "1d")]
    pub age: i64,
}

fn main() {}
