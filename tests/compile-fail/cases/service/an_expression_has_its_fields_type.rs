use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

pub struct Opaque;

#[feature_service]
pub struct Next {
    #[from(Activity)]
    pub count: Option<i64>,
    #[compute(count + 1)]
    pub more: Option<i64>,
    #[compute(count.map(|count| count as f64))]
    pub exact: Option<f32>,
    #[compute(nowhere)]
    pub other: i64,
    // Of a helper any type will do.
    #[compute(Opaque)]
    #[private]
    pub opaque: Opaque,
    #[compute(Opaque)]
    pub answered: Opaque,
    #[compute(as_of.timestamp() + key.len() as i64)]
    pub right: i64,
}

fn main() {}
