//! Rows that are pushed: what they must satisfy, and what is on record of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use featurestore::online::{OnlineFuture, OnlineStore, Written};
use featurestore::prelude::*;
use featurestore::testing::{Call, Intercept, MemoryStore};

/// How a user rates.
#[feature_view(entity = "user_id", table = "ratings", cadence = "1h")]
#[derive(Debug, Clone, PartialEq)]
struct Rating {
    user_id: String,
    event_timestamp: Timestamp,
    #[column(range = 0..=5, rename = "STARS")]
    stars: i64,
    #[column(one_of = ["web", "app"])]
    place: Option<String>,
    note: Json<BTreeMap<(i64, i64), i64>>,
}

/// A store in memory that counts how often a layout is kept.
#[derive(Debug, Default)]
struct Counting {
    memory: MemoryStore,
    kept: AtomicUsize,
    calls: AtomicUsize,
}

impl Intercept for Counting {
    fn store(&self) -> &dyn OnlineStore {
        &self.memory
    }

    fn before(&self, call: &Call<'_>) -> OnlineFuture<'static, ()> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if matches!(call, Call::KeepLayout(_)) {
            self.kept.fetch_add(1, Ordering::Relaxed);
        }
        Box::pin(async { Ok(()) })
    }
}

async fn store() -> (Arc<Counting>, FeatureStore) {
    let counting = Arc::new(Counting::default());
    let store = FeatureStore::builder("p")
        .registry(featurestore::registry![])
        .clock(Clock::fixed("2026-05-07T22:00:00Z".parse().unwrap()))
        .online_store(Arc::clone(&counting) as _);
    (counting, store.open().await.unwrap())
}

fn rating(user_id: &str) -> Rating {
    Rating {
        user_id: user_id.to_owned(),
        event_timestamp: "2026-05-07T21:00:00Z".parse().unwrap(),
        stars: 3,
        place: Some("web".to_owned()),
        note: Json(BTreeMap::new()),
    }
}

#[tokio::test]
async fn a_bad_value_names_view_row_and_column_and_no_row_is_pushed() {
    let (counting, store) = store().await;
    let bad = [
        (
            Rating {
                stars: 6,
                ..rating("b")
            },
            "`stars`: the value 6 violates range 0..=5",
        ),
        (
            Rating {
                place: Some("fax".to_owned()),
                ..rating("b")
            },
            "`place`: the value fax violates one of web, app",
        ),
        (
            Rating {
                note: Json([((1, 2), 3)].into()),
                ..rating("b")
            },
            "`note`: the value is not the JSON that the feature holds",
        ),
    ];
    for (bad, said) in bad {
        let error = store.push(&[rating("a"), bad]).await.unwrap_err();
        let text = error.to_string();
        for part in ["view `rating`", "index 1", said] {
            assert!(text.contains(part), "{text}");
        }
        assert!(counting.memory.rows().is_empty());
    }
    let none = Rating {
        place: None,
        ..rating("a")
    };
    let written = store.push(&[none]).await.unwrap();
    assert_eq!(written, [Written::Stored]);
}

#[tokio::test]
async fn a_layout_is_asked_for_once_and_again_where_it_may_be_lost() {
    tokio::time::pause();
    let (counting, store) = store().await;
    let push = async || {
        store.push(&[rating("a")]).await.unwrap();
        counting.kept.load(Ordering::Relaxed)
    };
    assert_eq!(push().await, 1);
    let before = counting.calls.load(Ordering::Relaxed);
    for _ in 0..10 {
        assert_eq!(push().await, 1);
    }
    assert_eq!(counting.calls.load(Ordering::Relaxed), before + 10);
    // Another process deletes the project: a minute later the layout is there again.
    counting.memory.delete_project("p").await.unwrap();
    tokio::time::advance(Duration::from_secs(61)).await;
    assert_eq!(push().await, 2);
    assert_eq!(counting.memory.layouts("p").await.unwrap().len(), 1);
    // This one does: it is there at once.
    for (kept, project) in [(3, true), (4, false)] {
        if project {
            store.online_delete_project().await.unwrap();
        } else {
            store.online_delete_view("rating").await.unwrap();
        }
        assert_eq!(push().await, kept);
        assert_eq!(counting.memory.layouts("p").await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_view_that_is_only_pushed_was_filled() {
    let (_, store) = store().await;
    let view = Rating::definition();
    let freshness = store.freshness(view).await.unwrap();
    assert_eq!(freshness.as_of(), None);
    assert!(freshness.is_overdue());
    store.push(&[rating("a")]).await.unwrap();
    let freshness = store.freshness(view).await.unwrap();
    assert_eq!(freshness.as_of(), Some(store.clock().now()));
    assert_eq!(freshness.watermark(), None);
    assert!(!freshness.is_overdue());
    store.online_delete_view("rating").await.unwrap();
    let freshness = store.freshness(view).await.unwrap();
    assert_eq!(freshness.as_of(), None);
}
