// A filter is comparisons of columns with constants, each of the column's kind.
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

#[derive(FeatureEnum, Clone, Copy)]
pub enum Other {
    Thing,
}

const LIMIT: &str = "100";

#[feature_view(entity = "user_id", events = Payment)]
pub struct Unread {
    pub user_id: String,
    #[column(agg = count(), window = "7d", filter = amount + 1 > 100)]
    pub plus: i64,
    #[column(agg = count(), window = "7d", filter = amount > items)]
    pub columns: i64,
    #[column(agg = count(), window = "7d", filter = country.len() > 2)]
    pub length: i64,
    #[column(agg = count(), window = "7d", filter = purpose == Some(3))]
    pub some: i64,
}

#[feature_view(entity = "user_id", events = Payment)]
pub struct Compared {
    pub user_id: String,
    #[column(agg = count(), window = "7d", filter = country == 100 && amount > "100" && !items)]
    pub kinds: i64,
    #[column(agg = count(), window = "7d", filter = amount > LIMIT || items > 3000000000 || items < 0.5)]
    pub limits: i64,
    #[column(agg = count(), window = "7d", filter = purpose == Other::Thing || purpose > Purpose::Food)]
    pub variants: i64,
    #[column(agg = count(), window = "7d", filter = purpose == "food" || declined < true || tags == "a")]
    pub texts: i64,
    #[column(agg = count(), window = "7d", filter = purpose == Purpose::Traval)]
    pub spelled: i64,
}

fn main() {}
