use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_service]
pub struct Next {
    #[from(Activity)]
    pub count: Option<i64>,
    #[compute()]
    pub nothing: i64,
    #[compute]
    pub none: i64,
    #[compute(1, default = 2)]
    pub defaulted: i64,
    /// How many are wanted.
    #[request]
    #[private]
    pub wanted: i64,
    /// How many are not.
    #[request(column = count, range = "many")]
    pub unwanted: i64,
    /// A text has no range.
    #[request(range = 0..)]
    pub text: String,
    /// As an option.
    #[request]
    pub metadata: bool,
    /// Both.
    #[request]
    #[compute(1)]
    pub both: i64,
}

#[feature_service]
pub struct Alone {
    /// Nobody is asked about.
    #[request]
    pub amount: f64,
}

fn main() {}
