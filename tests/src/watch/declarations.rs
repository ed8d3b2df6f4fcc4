//! Views and services of a streaming service, and rows of them.

#![allow(dead_code)] // the services are asked by name

use std::sync::Arc;

use featurestore::prelude::*;
use featurestore::{Error, StoreBuilder};
use featurestore_tests::MemoryStore;

/// A user.
#[derive(EntityKey, Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct UserId(String);

/// How a user watches.
#[derive(FeatureEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Segment {
    /// Now and then.
    Casual,
    /// Every day.
    PowerUser,
}

/// The segment that marketing gave a user.
#[feature_view(
    entity = "user_id",
    source = "data/user_segment.parquet",
    cadence = "1d",
    owner = "marketing"
)]
#[derive(Debug, Clone)]
pub(crate) struct UserSegment {
    /// Who.
    pub(crate) user_id: UserId,
    /// When.
    pub(crate) event_timestamp: Timestamp,
    /// The segment.
    pub(crate) user_segment: Option<Segment>,
}

/// How much a user watches.
#[feature_view(
    entity = "user_id",
    source = "data/watch_count_30d.parquet",
    cadence = "1h",
    ttl = "2d",
    settling = "5m",
    tags = ["watch"]
)]
#[derive(Debug, Clone)]
pub(crate) struct WatchActivity {
    /// Who.
    pub(crate) user_id: UserId,
    /// When.
    pub(crate) event_timestamp: Timestamp,
    /// Titles the user watched in the last 30 days.
    #[column(range = 0.., unit = "titles")]
    pub(crate) watch_count_30d: i64,
}

/// What a user watched last.
#[feature_view(entity = "user_id", source = "data/last_genre.parquet")]
#[derive(Debug, Clone)]
pub(crate) struct LastGenre {
    /// Who.
    pub(crate) user_id: UserId,
    /// When.
    pub(crate) event_timestamp: Timestamp,
    /// The genre.
    pub(crate) last_genre: String,
}

/// What is known of a title.
#[feature_view(entity = "title_id", source = "data/title.parquet")]
#[derive(Debug, Clone)]
pub(crate) struct Title {
    /// Which.
    pub(crate) title_id: i64,
    /// When.
    pub(crate) event_timestamp: Timestamp,
    /// Stars.
    #[column(rename = "stars")]
    pub(crate) rating: f64,
    /// How many gave stars.
    pub(crate) votes: u64,
    /// A thumbnail.
    pub(crate) thumbnail: Vec<u8>,
    /// The day it came out.
    pub(crate) released: Date,
    /// The genre of the last title that was like it.
    pub(crate) last_genre: String,
}

/// What the recommender knows of a user.
#[feature_service(owner = "recommendations")]
#[derive(Debug, Clone)]
pub(crate) struct WatchNext {
    /// The segment.
    #[from(UserSegment)]
    pub(crate) user_segment: Option<Segment>,
    /// The count.
    #[from(WatchActivity, default = 0)]
    pub(crate) watch_count_30d: i64,
    /// The genre.
    #[from(LastGenre)]
    pub(crate) last_genre: Option<String>,
}

/// A user and a title.
#[derive(EntityKey, Debug, Clone)]
pub(crate) struct Showing {
    /// Who.
    pub(crate) user_id: UserId,
    /// What.
    pub(crate) title_id: i64,
}

/// What the ranker knows of a user and a title.
#[feature_service(key = Showing)]
#[derive(Debug, Clone)]
pub(crate) struct RankTitle {
    /// The stars.
    #[from(Title)]
    pub(crate) rating: Option<f64>,
    /// The count.
    #[from(WatchActivity, default = 0)]
    pub(crate) watch_count_30d: i64,
}

/// A time.
pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap_or_default()
}

/// Writes the rows of the tests into `memory`: 8a2f has all, b13c no segment and an old count,
/// nobody has none.
pub(crate) async fn fill(memory: &Arc<MemoryStore>) -> Result<(), Error> {
    let store = builder(memory).open().await?;
    let (a, b) = (UserId::from("8a2f"), UserId::from("b13c"));
    let segment = |user_id: &UserId, user_segment, at| UserSegment {
        user_id: user_id.clone(),
        event_timestamp: time(at),
        user_segment,
    };
    let segments = [
        segment(&a, Some(Segment::PowerUser), "2026-05-07T00:00:00Z"),
        segment(&b, None, "2026-05-06T00:00:00Z"),
    ];
    store.push(&segments).await?;
    let count = |user_id: &UserId, watch_count_30d, at| WatchActivity {
        user_id: user_id.clone(),
        event_timestamp: time(at),
        watch_count_30d,
    };
    let counts = [
        count(&a, 47, "2026-05-07T21:00:00Z"),
        count(&b, 5, "2026-05-01T19:00:00Z"),
    ];
    store.push(&counts).await?;
    let genre = LastGenre {
        user_id: a,
        event_timestamp: time("2026-05-07T21:40:00.25Z"),
        last_genre: "documentary".to_owned(),
    };
    store.push(&[genre]).await?;
    let title = |title_id, rating| Title {
        title_id,
        event_timestamp: time("2026-05-07T00:00:00Z"),
        rating,
        votes: u64::MAX,
        thumbnail: vec![0, 255],
        released: Date::from_ymd_opt(2026, 5, 1).unwrap_or_default(),
        last_genre: "drama\u{1b}[31m".to_owned(),
    };
    store.push(&[title(1, 4.0), title(2, f64::NAN)]).await?;
    Ok(())
}

/// The store's settings, its clock at ten in the evening of the seventh of May.
pub(crate) fn builder(memory: &Arc<MemoryStore>) -> StoreBuilder {
    FeatureStore::builder("watch")
        .online_store(Arc::clone(memory) as Arc<_>)
        .clock(Clock::fixed(time("2026-05-07T22:00:00Z")))
}
