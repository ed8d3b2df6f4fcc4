// An event's fields are compared with the source's columns, and its arguments are its own.
use featurestore::prelude::*;

#[event_source(source = "data/payments.parquet", id = "payment_id", entity = "user_id", latness = "1h", push = 3)]
pub struct Payment {
    pub event_timestamp: Timestamp,
    pub payment_id: i32,
    pub user_id: String,
    #[column(agg = count(), window = "1h")]
    pub amuont: i64,
}

#[event_source(source = "data/payments.parquet", id = "payment_id")]
pub struct Generic<T> {
    pub event_timestamp: Timestamp,
    pub payment_id: T,
}

#[event_source(source = "data/payments.parquet", id = "payment_id")]
pub enum Nothing {
    There,
}

#[derive(EventSource)]
pub struct Derived {
    pub event_timestamp: Timestamp,
}

fn main() {
    // A broken event source does not make its uses errors too.
    let _ = Payment::USER_ID;
}
