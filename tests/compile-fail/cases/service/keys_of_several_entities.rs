use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_view(entity = "title_id", source = "data/b.parquet")]
pub struct Title {
    pub title_id: String,
    pub event_timestamp: Timestamp,
    pub length: i64,
}

#[feature_view(entity = "user_id", source = "data/c.parquet")]
pub struct Numbered {
    pub user_id: i64,
    pub event_timestamp: Timestamp,
    pub age: i64,
}

#[feature_service]
pub struct TwoEntities {
    #[from(Activity)]
    pub count: Option<i64>,
    #[from(Title)]
    pub length: Option<i64>,
}

#[feature_service]
pub struct TwoKeyTypes {
    #[from(Activity)]
    pub count: Option<i64>,
    #[from(Numbered)]
    pub age: Option<i64>,
}

fn main() {}
