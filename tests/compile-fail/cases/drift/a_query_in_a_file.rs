use featurestore::prelude::*;

#[feature_view(entity = "user_id", sql_file = "queries/rows.sql")]
pub struct Rows {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub many: i32,
}

#[feature_view(entity = "user_id", sql_file = "queries/unknown.sql")]
pub struct Unknown {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub many: i64,
}

#[feature_view(entity = "user_id", sql_file = "queries/none.sql")]
pub struct Missing {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub many: i64,
}

#[feature_view(entity = "user_id", sql_file = "queries/rows.sql", sql = "SELECT 1")]
pub struct Both {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub many: i64,
}

fn main() {}
