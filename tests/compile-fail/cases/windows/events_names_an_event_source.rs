// Windows are over the events of an event source.
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

pub struct Nothing;

#[feature_view(entity = "user_id", events = Nothing)]
pub struct OfNothing {
    pub user_id: String,
    #[column(agg = sum(amount), window = "7d", filter = amount > 3)]
    pub spent: Decimal<18, 2>,
}

#[feature_view(entity = "user_id", events = "Pay ment")]
pub struct OfText {
    pub user_id: String,
    #[column(agg = count(), window = "7d")]
    pub payments: i64,
}

fn main() {}
