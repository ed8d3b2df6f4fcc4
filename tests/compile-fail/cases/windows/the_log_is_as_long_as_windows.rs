// What a window is of must be in the log.
use featurestore::prelude::*;

#[event_source(source = "data/payments.parquet", id = "payment_id", lateness = "1d", retention = "30d")]
pub struct Payment {
    pub event_timestamp: Timestamp,
    pub payment_id: i64,
    pub user_id: String,
}

#[feature_view(entity = "user_id", events = Payment)]
pub struct Month {
    pub user_id: String,
    #[column(agg = count(), window = "30d")]
    pub payments: i64,
}

#[feature_view(entity = "user_id", events = Payment)]
pub struct Ever {
    pub user_id: String,
    #[column(agg = count(), window = "lifetime")]
    pub payments: i64,
}

#[feature_view(entity = "user_id", events = Payment)]
pub struct Weeks {
    pub user_id: String,
    #[column(agg = count(), window = "4w", delay = "1d")]
    pub payments: i64,
}

fn main() {}
