//! The first code of the README, in a program of its own: it compiles as it stands there.

#![cfg(feature = "duckdb")]
#![allow(dead_code)] // it is to compile
#![allow(missing_docs, missing_debug_implementations)] // as it is shown

use featurestore::prelude::*;

#[derive(EntityKey, Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserId(String);

/// How much a user watches.
#[feature_view(
    entity = "user_id",
    source = "data/watch_count_30d.parquet",
    cadence = "1h",
    ttl = "2d"
)]
#[derive(Debug, Clone)]
pub struct WatchActivity {
    pub user_id: UserId,
    pub event_timestamp: Timestamp,
    /// Titles the user watched in the last 30 days.
    #[column(range = 0.., unit = "titles")]
    pub watch_count_30d: i64,
}

/// A title that a user played.
#[event_source(
    source = "data/plays/*.parquet",
    timestamp = "played_at",
    id = "play_id"
)]
#[derive(Debug, Clone)]
pub struct Play {
    pub play_id: Uuid,
    pub user_id: UserId,
    pub played_at: Timestamp,
    pub minutes: f64,
}

/// What a user played lately: exact at every moment, when trained on as when served.
#[feature_view(entity = "user_id", events = Play)]
#[derive(Debug, Clone)]
pub struct RecentPlays {
    pub user_id: UserId,
    #[column(agg = sum(minutes), window = "7d", filter = minutes >= 1)]
    pub minutes_7d: f64,
}

/// The segment of a user, which the README leaves out.
#[feature_view(entity = "user_id", source = "data/user_segment.parquet")]
#[derive(Debug, Clone)]
pub struct UserSegment {
    pub user_id: UserId,
    pub event_timestamp: Timestamp,
    #[column(rename = "segment")]
    pub user_segment: String,
}

/// What the recommender knows about a user when it writes "to watch next".
#[feature_service]
pub struct WatchNext {
    #[from(UserSegment)]
    pub user_segment: Option<String>,
    #[from(WatchActivity, default = 0)]
    pub watch_count_30d: i64,
    #[from(RecentPlays)]
    pub minutes_7d: f64,
    /// The same code makes it of training sets and of what is served.
    #[compute(minutes_7d / 7.0)]
    pub minutes_a_day: f64,
}

async fn shown() -> Result<(), Error> {
    let store = FeatureStore::builder("watch-next").open().await?;
    store
        .historical::<WatchNext>(Spine::parquet("labels.parquet"))
        .to_parquet("train.parquet")
        .await?;
    store.materialize().run().await?;

    let user = UserId::from("8a2f");
    let activity = store.get::<WatchActivity>(&user).await?; // Found, Expired or Missing
    let (segment, count) = store
        .select(
            &user,
            (UserSegment::USER_SEGMENT, WatchActivity::WATCH_COUNT_30D),
        )
        .await?;
    let context = store.serve::<WatchNext>(&user).await?; // one round trip
    drop((activity, segment, count, context));
    Ok(())
}

/// The code without what `rustfmt` may change, and without comments that are no documentation.
fn bare(code: &str) -> String {
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//!"));
    let code = lines.map(|line| line.split(" // ").next().unwrap_or_default());
    let code: String = code.flat_map(str::split_whitespace).collect();
    code.replace(",)", ")")
}

#[test]
fn the_first_code_of_the_readme_is_this() {
    let readme = include_str!("../../README.md");
    let shown = readme
        .split("```")
        .nth(1)
        .and_then(|code| code.strip_prefix("rust\n"));
    let here = bare(include_str!("readme.rs"));
    for part in shown.expect("it begins with code").split("\n\n") {
        assert!(
            here.contains(&bare(part)),
            "the README has another:\n{part}"
        );
    }
}
