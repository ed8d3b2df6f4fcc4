// A mistake in an argument hides neither drift nor a type that is none.
use featurestore::prelude::*;

pub struct Money(f64);

#[feature_view(entity = "user_id", source = "data/a.parquet", ttl = "2 days")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i32,
    #[column(range = 0..)]
    pub genre: String,
    pub spent: Money,
}

#[feature_service(nmae = "next")]
pub struct Next {
    #[from(Activity)]
    pub count: i32,
    #[from(Activity)]
    pub genre: Option<i64>,
    #[from(Activity)]
    pub cuont: Option<i32>,
}

fn main() {}
