//! A streaming service asks an LLM for a "to watch next" message.
//!
//! What the prompt says about a user comes from three feature views, each with its own Parquet
//! file and cadence. They are declared here, once; the compiler makes the rest of it.

use featurestore::prelude::*;

/// A user of the streaming service.
#[derive(EntityKey, Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserId(String);

impl std::fmt::Display for UserId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The segment that a nightly job puts each user into.
#[feature_view(
    entity = "user_id",
    source = "data/user_segment.parquet",
    cadence = "1d",
    ttl = "30d",
    owner = "growth"
)]
#[derive(Debug, Clone)]
pub struct UserSegment {
    /// The user.
    pub user_id: UserId,
    /// When the segment began.
    pub event_timestamp: Timestamp,
    /// How the user watches: casual or power_user.
    pub user_segment: String,
}

/// How much a user watches.
#[feature_view(
    entity = "user_id",
    source = "data/watch_count_30d.parquet",
    cadence = "1h",
    ttl = "2d",
    owner = "playback"
)]
#[derive(Debug, Clone)]
pub struct WatchActivity {
    /// The user.
    pub user_id: UserId,
    /// When the count was taken.
    pub event_timestamp: Timestamp,
    /// Titles the user watched in the last 30 days.
    #[column(range = 0.., unit = "titles")]
    pub watch_count_30d: i64,
}

/// What a user watched last; a row for every title that was finished.
#[feature_view(
    entity = "user_id",
    source = "data/last_genre.parquet",
    ttl = "30d",
    owner = "playback"
)]
#[derive(Debug, Clone)]
pub struct LastGenre {
    /// The user.
    pub user_id: UserId,
    /// When the title was finished.
    pub event_timestamp: Timestamp,
    /// The genre of the title that the user watched last.
    pub last_genre: String,
}

/// What the recommender knows about a user when it writes "to watch next".
#[feature_service]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchNext {
    /// How the user watches.
    #[from(UserSegment)]
    pub user_segment: Option<String>,
    /// Titles the user watched in the last 30 days; 0 for a user who is new.
    #[from(WatchActivity, default = 0)]
    pub watch_count_30d: i64,
    /// The genre of the title that the user watched last.
    #[from(LastGenre)]
    pub last_genre: Option<String>,
}

impl WatchNext {
    /// What the prompt says about the user.
    #[must_use]
    pub fn prompt(&self) -> String {
        format!(
            "segment={}, watched {} titles in last 30 days, last genre watched: {}",
            self.user_segment.as_deref().unwrap_or("unknown"),
            self.watch_count_30d,
            self.last_genre.as_deref().unwrap_or("none"),
        )
    }
}

/// The store of this example before it is open. Its clock stands still at the evening of the
/// example's data, so that nothing in it expires while you read this.
pub fn store() -> featurestore::StoreBuilder {
    FeatureStore::builder("watch-next")
        .data_root(env!("CARGO_MANIFEST_DIR"))
        .clock(Clock::fixed(NOW))
}

/// 2026-05-07 22:00 UTC.
pub const NOW: Timestamp = match Timestamp::from_timestamp(1_778_191_200, 0) {
    Some(time) => time,
    None => Timestamp::UNIX_EPOCH,
};
