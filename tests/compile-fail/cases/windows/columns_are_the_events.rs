// A word that is no column of the events is an error at the word, wherever it is.
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

#[feature_view(entity = ["user_id", "merchant_id", "amount", "payer"], events = Payment)]
pub struct UserPayments {
    pub user_id: i64,
    pub merchant_id: i64,
    pub amount: Decimal<12, 2>,
    #[column(rename = "usr_id")]
    pub payer: String,
    #[column(agg = sum(amuont), window = "7d", filter = declind && !(cuontry == "NL"))]
    pub spent: Decimal<18, 2>,
    #[column(agg = max(event_timestamp), window = "7d")]
    pub last: Option<Timestamp>,
}

fn main() {}
