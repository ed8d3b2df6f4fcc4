use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_service]
pub struct Next {
    #[compute(count * 2)]
    pub twice: i64,
    #[from(Activity, default = 0)]
    pub count: i64,
    #[compute(thrice + count)]
    pub thrice: i64,
    #[compute(Some(count).map(|square| square * square))]
    pub some: Option<i64>,
    #[compute(count * count)]
    pub square: i64,
}

fn main() {}
