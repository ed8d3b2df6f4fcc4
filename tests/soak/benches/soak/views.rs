//! What is served: three views of one source, whose rows tell when they were made.

use featurestore::prelude::*;

/// How much a user watches.
#[feature_view(entity = "user_id", source = "users.parquet")]
#[derive(Debug, Clone)]
pub(crate) struct Watching {
    /// Who.
    pub user_id: String,
    /// When.
    pub event_timestamp: Timestamp,
    /// The time in seconds, times 1,000, and the user's number modulo 1,000.
    pub watched: i64,
}

/// How a user watches.
#[feature_view(entity = "user_id", source = "users.parquet")]
#[derive(Debug, Clone)]
pub(crate) struct Segments {
    /// Who.
    pub user_id: String,
    /// When.
    pub event_timestamp: Timestamp,
    /// The user, `@` and the time in seconds.
    pub segment: String,
}

/// How a user rates.
#[feature_view(entity = "user_id", source = "users.parquet")]
#[derive(Debug, Clone)]
pub(crate) struct Rating {
    /// Who.
    pub user_id: String,
    /// When.
    pub event_timestamp: Timestamp,
    /// The time in seconds and a half.
    pub rating: f64,
}

/// All of it.
#[feature_service]
#[derive(Debug, Clone)]
pub(crate) struct Users {
    /// The count.
    #[from(Watching)]
    pub watched: Option<i64>,
    /// The segment.
    #[from(Segments)]
    pub segment: Option<String>,
    /// The rating.
    #[from(Rating)]
    pub rating: Option<f64>,
}
