// The mistake is the key's, once; what is asked with it is left alone.
use featurestore::prelude::*;

pub struct Money(f64);

#[feature_view(entity = ["user_id", "spent"], source = "data/a.parquet")]
pub struct Spent {
    pub user_id: String,
    pub spent: Money,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_view(entity = "title", source = "data/a.parquet")]
pub struct Titled {
    pub title: Option<String>,
    pub event_timestamp: Timestamp,
    pub total: i64,
}

#[feature_view(entity = ["user_id", "score"], source = "data/a.parquet")]
pub struct Scored {
    pub user_id: String,
    pub score: f64,
    pub event_timestamp: Timestamp,
    pub age: i64,
}

#[feature_service]
pub struct AtPrice {
    #[from(Spent)]
    pub count: Option<i64>,
}

#[feature_service]
pub struct OfTitle {
    #[from(Titled)]
    pub total: Option<i64>,
}

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Seen {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub days: i32,
}

#[feature_service]
pub struct Several {
    #[from(Seen)]
    pub days: Option<i32>,
    #[from(Spent)]
    pub count: Option<i64>,
    #[from(Titled)]
    pub total: Option<i64>,
}

#[feature_service]
pub struct AtScore {
    #[from(Scored, default = 0)]
    pub age: i64,
}

async fn reads(store: FeatureStore, user: String, spent: Money) {
    let _ = store.serve::<OfTitle>(&Some(String::new())).await;
    let _ = store.serve::<AtScore>(&(user.clone(), 0.5)).await;
    let _ = store.select(&(user.clone(), Money(0.0)), Spent::COUNT).await;
    let _ = store.serve::<AtPrice>(&(user, spent)).await;
}

fn main() {}
