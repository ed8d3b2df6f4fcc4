//! Rows of views: what is served of them when.

use std::panic::AssertUnwindSafe;

use featurestore::prelude::*;
use featurestore::testing::{TestStore, time};
use futures_util::FutureExt as _;

use crate::declared::{Profile, Watched, watched};

/// What a program under test does.
async fn recommend(store: &FeatureStore, user: &str) -> Result<i64, Error> {
    let profile = store.serve::<Profile>(&user.to_owned()).await?;
    Ok(profile.titles)
}

async fn titles(store: &TestStore, user: &str) -> Lookup<i64> {
    let row = store.get::<Watched>(&user.to_owned()).await.unwrap();
    row.map(|row| row.titles)
}

#[tokio::test]
async fn a_row_is_served_from_the_end_of_settling_to_the_end_of_its_ttl() {
    let store = TestStore::new();
    store.at(time("2026-05-01"));
    store.rows([watched("a", "2026-05-07 12:00", 3)]);
    for (at, expected) in [
        ("2026-05-07 12:09:59.999999", Lookup::Missing),
        ("2026-05-07 12:10", Lookup::Found(3)),
        ("2026-05-09 12:00", Lookup::Found(3)),
        (
            "2026-05-09 12:00:00.000001",
            Lookup::Expired {
                event_timestamp: time("2026-05-07 12:00"),
            },
        ),
    ] {
        store.at(time(at));
        assert_eq!(titles(&store, "a").await, expected, "{at}");
        assert_eq!(titles(&store, "b").await, Lookup::Missing);
    }
    let key = "a".to_owned();
    let selected = store.select(&key, (Watched::TITLES, Watched::SCORE));
    let (titles, score) = selected.await.unwrap();
    assert!(!titles.is_found() && !score.is_found());
    store.check().await;
}

#[tokio::test]
async fn the_later_event_counts_then_the_later_writing_then_the_last_given() {
    let store = TestStore::new();
    let written = |titles, at: Option<&str>| Watched {
        written_at: at.map(time),
        ..watched("a", "2026-01-01", titles)
    };
    store.rows([
        watched("a", "2025-12-31", 1),
        written(2, Some("2026-01-02")),
        written(3, None),
        written(4, Some("2026-01-01")),
    ]);
    store.advance("1h");
    assert_eq!(titles(&store, "a").await, Lookup::Found(2));
    store.rows([
        written(5, Some("2026-01-02")),
        watched("a", "2025-12-30", 6),
    ]);
    assert_eq!(titles(&store, "a").await, Lookup::Found(5));
}

#[tokio::test]
async fn a_row_that_its_view_rejects_is_as_one_that_is_not_there() {
    let store = TestStore::new();
    store.rows([
        watched("a", "2025-12-31 22:00", 3),
        watched("a", "2025-12-31 23:00", -1),
        watched("", "2025-12-31 23:00", 1),
    ]);
    assert_eq!(titles(&store, "a").await, Lookup::Found(3));
    assert_eq!(titles(&store, "").await, Lookup::Missing);
    let why = store.explain::<Watched>(&"a".to_owned());
    assert_eq!(
        why,
        "  watched: the row of 2025-12-31T22:00:00Z\n  watched: not the row of 2025-12-31T23:00:00Z: \
         rejected: `titles`: the value -1 violates range 0..\n",
    );
}

#[tokio::test]
async fn a_program_takes_the_same_type_and_what_it_pushes_counts() {
    let store = TestStore::new();
    store.rows([watched("a", "2025-12-31", 3)]);
    assert_eq!(recommend(&store, "a").await.unwrap(), 3);
    assert_eq!(recommend(&store, "b").await.unwrap(), 0);
    store
        .store()
        .push(&[watched("b", "2025-12-31 23:00", 8)])
        .await
        .unwrap();
    assert_eq!(recommend(&store, "b").await.unwrap(), 8);
    let served = store.serve::<Profile>(&"b".to_owned()).await.unwrap();
    assert_eq!(served.titles_found, Lookup::Found(8));
    assert_eq!(served.spent_7d, Some(crate::declared::money("0.00")));
    store.rows([watched("b", "2025-12-31 23:30", 9)]);
    assert_eq!(recommend(&store, "b").await.unwrap(), 9);
    store.check().await;
}

#[tokio::test]
async fn what_is_pushed_before_it_has_settled_is_served_before_it_is_in_a_training_set() {
    let store = TestStore::new();
    let now = store.now();
    let row = Watched {
        event_timestamp: now,
        ..watched("a", "2026-01-01", 8)
    };
    store.push(&[row]).await.unwrap();
    let key = "a".to_owned();
    let read = AssertUnwindSafe(store.get::<Watched>(&key))
        .catch_unwind()
        .await;
    let failure = *read.unwrap_err().downcast::<String>().unwrap();
    assert!(
        failure.contains("not settled: known from 2026-01-01T00:10:00Z"),
        "{failure}"
    );
    store.advance("10m");
    assert_eq!(titles(&store, "a").await, Lookup::Found(8));
}

#[test]
fn the_clock_is_turned_to_any_time_before_it_told_one() {
    let store = TestStore::new();
    store.at(time("2020-01-01")).advance("1d 1us");
    assert_eq!(store.now(), time("2020-01-02 00:00:00.000001"));
    assert_eq!(store.ago("1us"), time("2020-01-02"));
}

#[tokio::test]
#[should_panic(
    expected = "the clock can't go back from 2026-01-01T00:00:00Z to 2025-12-31T00:00:00Z"
)]
async fn the_clock_does_not_go_back_behind_a_read() {
    let store = TestStore::new();
    let _ = titles(&store, "a").await;
    store.at(time("2025-12-31"));
}

#[test]
#[should_panic(expected = "no view `watched`")]
fn rows_of_a_view_that_the_registry_lacks_are_refused() {
    let store = TestStore::builder()
        .registry(featurestore::registry![])
        .build();
    store.rows([watched("a", "2026-01-01", 1)]);
}
