// What the examples of this crate's documentation declare. They include it, as its declarations
// would be the half of each of them.

use featurestore::prelude::*;

/// How much a user watches.
#[feature_view(entity = "user_id", source = "data/watched.parquet", cadence = "1h", ttl = "2d")]
#[derive(Debug, Clone, PartialEq)]
pub struct WatchActivity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    /// Titles the user watched in the last 30 days.
    #[column(range = 0.., unit = "titles")]
    pub watch_count_30d: i64,
}

/// What the recommender knows about a user.
#[feature_service]
#[derive(Debug, Clone, PartialEq)]
pub struct WatchNext {
    #[from(WatchActivity, default = 0)]
    pub watch_count_30d: i64,
}
