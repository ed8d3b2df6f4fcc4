//! Rows that are pushed: what they must satisfy, and what is on record of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use featurestore::online::{OnlineFuture, OnlineStore, Written};
use featurestore::prelude::*;
use featurestore::testing::{Call, Intercept, MemoryStore};
use featurestore::{RefusedRow, StoreError};

/// How a user rates.
#[feature_view(entity = "user_id", table = "ratings", cadence = "1h")]
#[derive(Debug, Clone, PartialEq)]
struct Rating {
    user_id: String,
    event_timestamp: Timestamp,
    #[column(range = 0..=5, rename = "STARS")]
    stars: i64,
    #[column(range = 0.0..=1.0)]
    score: f64,
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
        score: 0.5,
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
async fn every_row_that_may_not_be_pushed_is_named_with_its_column() {
    let (counting, store) = store().await;
    let late = |text: &str| Rating {
        event_timestamp: text.parse().unwrap(),
        ..rating("c")
    };
    let rows = [
        rating("a"),
        rating(""),
        late("2099-01-01T00:00:00Z"),
        // As far ahead of the clock as a time may be.
        late("2026-05-07T22:05:00Z"),
        late("2026-05-07T22:05:00.000001Z"),
        Rating {
            score: f64::NAN,
            ..rating("d")
        },
        Rating {
            stars: -1,
            ..late("2099-01-01T00:00:00Z")
        },
        Rating {
            stars: 6,
            ..rating("e")
        },
    ];
    let error = store.push(&rows).await.unwrap_err();
    let StoreError::Push(refused) = &error else {
        panic!("{error}");
    };
    let named: Vec<_> = refused
        .rows()
        .iter()
        .map(|row| (row.row(), row.column()))
        .collect();
    assert_eq!(
        named,
        [
            (1, "user_id"),
            (2, "event_timestamp"),
            (4, "event_timestamp"),
            (5, "score"),
            (6, "event_timestamp"),
            (7, "stars"),
        ]
    );
    let text = error.to_string();
    for part in [
        "view `rating`: 6 of 8 rows can't be pushed, so nothing was",
        "in the row at index 1, `user_id`: the join key is empty",
        "in the row at index 2, `event_timestamp`: the time 2099-01-01T00:00:00Z is ahead of the clock, which says 2026-05-07T22:00:00Z, by more than the 5m",
        "in the row at index 5, `score`: the value NaN violates range 0.0..=1.0",
        "; and 1 more",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(std::error::Error::source(refused).is_some());
    assert!(counting.memory.rows().is_empty());
    let refused: Vec<usize> = refused.rows().iter().map(RefusedRow::row).collect();
    let others = rows
        .iter()
        .enumerate()
        .filter(|(row, _)| !refused.contains(row));
    let others: Vec<Rating> = others.map(|(_, row)| row.clone()).collect();
    assert_eq!(store.push(&others).await.unwrap(), [Written::Stored; 2]);
}

#[tokio::test]
async fn how_far_ahead_a_row_may_be_is_a_setting() {
    let row = Rating {
        event_timestamp: "2099-01-01T00:00:00Z".parse().unwrap(),
        ..rating("a")
    };
    for (skew, is_taken) in [(Duration::MAX, true), (Duration::from_secs(3600), false)] {
        let store = FeatureStore::builder("p")
            .registry(featurestore::registry![])
            .clock(Clock::fixed("2026-05-07T22:00:00Z".parse().unwrap()))
            .clock_skew(skew)
            .online_store(Arc::new(MemoryStore::default()));
        let pushed = store
            .open()
            .await
            .unwrap()
            .push(std::slice::from_ref(&row))
            .await;
        assert_eq!(pushed.is_ok(), is_taken, "{pushed:?}");
    }
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
async fn a_push_of_an_older_build_leaves_the_rows_of_a_newer_one_alone() {
    tokio::time::pause();
    let (counting, store) = store().await;
    let view = Rating::definition();
    let (own, record) = (
        format!("{:07x}", view.layout().id()),
        format!("layouts/{}", view.field()),
    );
    store.push(&[rating("a")]).await.unwrap();
    assert_eq!(
        counting.memory.records("p")[&record],
        own,
        "the first layout"
    );
    // A newer build comes; an older one was there before.
    counting
        .memory
        .set_record("p", &record, &format!("1234567 {own} 89abcde"));
    tokio::time::advance(Duration::from_secs(61)).await;
    let before = counting.memory.rows();
    let error = store.push(&[rating("b")]).await.unwrap_err();
    assert!(matches!(&error, StoreError::Superseded { .. }));
    let text = error.to_string();
    for part in [
        "view `rating`",
        &format!("layout 89abcde, which came after layout {own} of this one"),
        "materialize rating --take-over",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(counting.memory.rows(), before);
    // One that nobody met is the newest.
    counting.memory.set_record("p", &record, "1234567");
    store.push(&[rating("b")]).await.unwrap();
    assert_eq!(
        counting.memory.records("p")[&record],
        format!("1234567 {own}")
    );
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
