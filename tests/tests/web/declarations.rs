//! Views of two entities and of both together, one with every dtype, and rows of them that a page
//! must show as they are.

use std::sync::Arc;

use featurestore::codec::{Header, encode_row};
use featurestore::online::{Address, Merge, RowWrite};
use featurestore::prelude::*;
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

/// How much a user watches, & how <often>.
#[feature_view(
    entity = "user_id",
    source = "data/activity.parquet",
    cadence = "1h",
    ttl = "2d",
    settling = "5m",
    owner = "data platform",
    tags = ["watch", "<b>bold</b>"]
)]
#[derive(Debug, Clone)]
pub(crate) struct Activity {
    pub(crate) user_id: UserId,
    pub(crate) event_timestamp: Timestamp,
    /// Titles the user watched in the last 30 days.
    #[column(range = 0.., unit = "titles")]
    pub(crate) watch_count_30d: i64,
    /// The share of titles that were watched to the end.
    #[column(range = 0.0..=1.0)]
    pub(crate) finished: f64,
    /// The segment.
    pub(crate) segment: Option<Segment>,
}

/// What a user said.
#[feature_view(entity = "user_id", source = "data/words.parquet")]
#[derive(Debug, Clone)]
pub(crate) struct Words {
    pub(crate) user_id: UserId,
    pub(crate) event_timestamp: Timestamp,
    /// The last comment, as it was typed.
    pub(crate) comment: String,
    /// The mood that was read from it.
    #[column(one_of = ["good", "bad"])]
    pub(crate) mood: Option<String>,
}

/// What one user thinks of one title.
#[feature_view(entity = ["user_id", "title_id"], source = "data/opinion.parquet")]
#[derive(Debug, Clone)]
pub(crate) struct Opinion {
    pub(crate) user_id: UserId,
    pub(crate) title_id: i64,
    pub(crate) event_timestamp: Timestamp,
    /// Stars that the user gave, 1 to 5.
    pub(crate) stars: u8,
    /// Also of titles.
    pub(crate) single: f32,
}

/// A column of every dtype.
#[feature_view(
    entity = "title_id",
    source = "data/every.parquet",
    name = "every-dtype.x",
    version = 2
)]
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub(crate) struct Every {
    pub(crate) title_id: i64,
    pub(crate) event_timestamp: Timestamp,
    pub(crate) yes: bool,
    pub(crate) tiny: i8,
    pub(crate) large: i64,
    pub(crate) unsigned: u64,
    pub(crate) single: f32,
    pub(crate) double: f64,
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) instant: Timestamp,
    pub(crate) day: Date,
    pub(crate) segment: Segment,
    pub(crate) price: Decimal<18, 2>,
    pub(crate) device: Uuid,
    pub(crate) scores: Vec<f64>,
    pub(crate) names: Vec<Option<String>>,
    pub(crate) embedding: [f32; 3],
    pub(crate) document: Json<serde_json::Value>,
}

/// What the recommender knows of a user.
#[feature_service(owner = "recommendations", tags = ["prompt"])]
#[derive(Debug, Clone)]
#[allow(dead_code)] // asked by name
pub(crate) struct WatchNext {
    /// How many titles it was.
    #[from(Activity, default = -1)]
    pub(crate) watch_count_30d: i64,
    #[from(Activity, default = 0.5)]
    pub(crate) finished: f64,
    #[from(Activity)]
    pub(crate) segment: Option<Segment>,
    #[from(Words)]
    pub(crate) comment: Option<String>,
}

/// A user and a title.
#[derive(EntityKey, Debug, Clone)]
pub(crate) struct Showing {
    /// Who.
    pub(crate) user_id: UserId,
    /// What.
    pub(crate) title_id: i64,
}

/// What is known of a title, and of what a user thinks of it.
#[feature_service(key = Showing)]
#[derive(Debug, Clone)]
#[allow(dead_code)] // asked by name
pub(crate) struct RankTitle {
    #[from(Opinion)]
    pub(crate) stars: Option<u8>,
    #[from(Every)]
    pub(crate) price: Option<Decimal<18, 2>>,
    #[from(Every)]
    pub(crate) double: Option<f64>,
    #[from(Activity, default = 0)]
    pub(crate) watch_count_30d: i64,
}

/// A text that does harm where it is taken for HTML.
pub(crate) const HOSTILE: &str =
    "<script>document.title = 'taken'</script><img src=x onerror=alert(1)>";

/// A time.
pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap_or_default()
}

/// A store at ten in the evening of the seventh of May, and what it keeps its rows in: 8a2f has
/// all, `old` an old count that is below its range and no words, title 1 all, title 2 what JSON has not.
pub(crate) async fn store() -> (FeatureStore, Arc<MemoryStore>) {
    let memory = Arc::new(MemoryStore::default());
    let store = FeatureStore::builder("streaming")
        .online_store(Arc::clone(&memory) as Arc<_>)
        .clock(Clock::fixed(time("2026-05-07T22:00:00Z")))
        .open()
        .await
        .unwrap();
    let activity = |user: &str, watch_count_30d, finished, segment, at| Activity {
        user_id: UserId::from(user),
        event_timestamp: time(at),
        watch_count_30d,
        finished,
        segment,
    };
    let activities = [
        activity(
            "8a2f",
            47,
            0.75,
            Some(Segment::PowerUser),
            "2026-05-07T21:00:00Z",
        ),
        activity("old", 5, 1.0, None, "2026-05-01T19:00:00Z"),
    ];
    store.push(&activities).await.unwrap();
    let low = activity("low", -7, f64::NAN, None, "2026-05-07T22:05:00Z");
    write_unchecked(&store, &low).await;
    let words = Words {
        user_id: UserId::from("8a2f"),
        event_timestamp: time("2026-05-05T06:30:00Z"),
        comment: HOSTILE.to_owned(),
        mood: None,
    };
    store.push(&[words]).await.unwrap();
    let opinion = Opinion {
        user_id: UserId::from("8a2f"),
        title_id: 1,
        event_timestamp: time("2026-05-07T00:00:00Z"),
        stars: 5,
        single: 0.1,
    };
    store.push(&[opinion]).await.unwrap();
    let every = |title_id, double, scores| Every {
        title_id,
        event_timestamp: time("2026-05-07T00:00:00Z"),
        yes: true,
        tiny: -128,
        large: i64::MIN,
        unsigned: u64::MAX,
        single: f32::MAX,
        double,
        text: "für alle 🎬\n\"quoted\"".to_owned(),
        bytes: vec![0, 255],
        instant: time("2026-05-07T00:00:00.000001Z"),
        day: Date::from_ymd_opt(2026, 5, 1).unwrap(),
        segment: Segment::Casual,
        price: "19.99".parse().unwrap(),
        device: Uuid::from_u128(7),
        scores,
        names: vec![Some("a".to_owned()), None],
        embedding: [0.1, f32::NAN, -0.0],
        document: Json(serde_json::json!({ "a": [1, null] })),
    };
    let rows = [
        every(1, 4.0, vec![1.0, 2.5]),
        every(2, f64::INFINITY, vec![f64::NAN]),
    ];
    store.push(&rows).await.unwrap();
    (store, memory)
}

/// Writes a row as a build does that declares no checks.
async fn write_unchecked<V: LatestView>(store: &FeatureStore, row: &V) {
    let view = V::definition();
    let key = row.key().unwrap();
    let key = view.key_values(&key.to_parts()).unwrap();
    let header = Header::new(
        view.layout().id(),
        row.event_timestamp(),
        row.created_timestamp(),
    );
    let mut bytes = Vec::new();
    encode_row(view.layout(), &header, &row.values(), &mut bytes).unwrap();
    let address = Address::new(store.project(), &key);
    let write = RowWrite::new(address, view.field(), bytes, Merge::NewerWins);
    store.online().write(&[write]).await.unwrap();
}
