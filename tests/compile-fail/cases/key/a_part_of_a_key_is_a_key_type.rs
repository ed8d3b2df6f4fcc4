// One mistake in a part of a key is one error, also where the view is used.
use featurestore::prelude::*;

pub struct Money(f64);

#[feature_view(entity = ["user_id", "spent"], source = "data/a.parquet")]
pub struct Floating {
    pub user_id: String,
    pub spent: f64,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_view(entity = ["user_id", "title"], source = "data/a.parquet")]
pub struct Listed {
    pub user_id: String,
    pub title: Vec<String>,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_view(entity = ["user_id", "spent"], source = "data/a.parquet")]
pub struct Spent {
    pub user_id: String,
    pub spent: Money,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

async fn reads(store: FeatureStore, user: String, spent: Money) {
    let _ = store.get::<Spent>(&(user, spent)).await;
    let _ = Spent::COUNT.name();
}

fn main() {}
