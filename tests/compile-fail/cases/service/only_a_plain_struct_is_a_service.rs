use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_service]
pub struct Tuple(i64);

#[feature_service]
pub enum Kind {
    A,
}

#[feature_service]
pub struct Generic<T> {
    #[from(Activity)]
    pub count: Option<T>,
}

fn main() {}
