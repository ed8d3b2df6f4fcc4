// A window is a multiple of its resolution, in whole seconds.
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
    #[column(agg = count(), window = "10d", resolution = "3d")]
    pub uneven: i64,
    #[column(agg = count(), window = "1500ms")]
    pub fine: i64,
    #[column(agg = count(), window = "lifetime", resolution = "1d")]
    pub all: i64,
    #[column(agg = count(), window = "0s")]
    pub none: i64,
    #[column(agg = count(), window = "7 days", delay = "soon")]
    pub days: i64,
    #[column(agg = count(), window = "40000000d", delay = "40000000d")]
    pub long: i64,
}

fn main() {}
