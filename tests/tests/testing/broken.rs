//! An online side that is wrong: each read finds it, and says what is wrong.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use featurestore::online::{OnlineFuture, OnlineStore};
use featurestore::testing::{Call, Intercept, MemoryStore, TestStore, time};
use featurestore_payments::UserPayments;
use futures_util::FutureExt as _;

use crate::declared::{Profile, Watched, payment, watched};

/// A store that, once it is stale, answers from what it had when it became so.
#[derive(Debug, Default)]
struct Stale {
    store: MemoryStore,
    then: MemoryStore,
    is_stale: AtomicBool,
}

/// The same behind an `Arc`, for the test to keep hold of.
#[derive(Debug, Clone, Default)]
struct Shared(Arc<Stale>);

impl Intercept for Shared {
    fn store(&self) -> &dyn OnlineStore {
        if self.0.is_stale.load(Ordering::SeqCst) {
            return &self.0.then;
        }
        &self.0.store
    }

    fn before(&self, _: &Call<'_>) -> OnlineFuture<'static, ()> {
        Box::pin(async { Ok(()) })
    }
}

/// A store that makes of every row one that differs in its last byte.
#[derive(Debug, Default)]
struct Flipped(MemoryStore);

impl Intercept for Flipped {
    fn store(&self) -> &dyn OnlineStore {
        &self.0
    }

    fn before(&self, _: &Call<'_>) -> OnlineFuture<'static, ()> {
        Box::pin(async { Ok(()) })
    }

    fn found(&self, rows: Vec<Vec<Option<Bytes>>>) -> Vec<Vec<Option<Bytes>>> {
        let flip = |row: Bytes| {
            let mut row = row.to_vec();
            if let Some(last) = row.last_mut() {
                *last ^= 1;
            }
            Bytes::from(row)
        };
        let rows = rows.into_iter().map(|fields| {
            let fields = fields.into_iter().map(|row| row.map(flip));
            fields.collect()
        });
        rows.collect()
    }
}

/// What a read fails with.
async fn failure<T>(read: impl Future<Output = T>) -> String {
    let failed = AssertUnwindSafe(read).catch_unwind().await;
    match failed {
        Ok(_) => panic!("the read did not fail"),
        Err(panic) => *panic.downcast::<String>().unwrap(),
    }
}

#[tokio::test]
async fn a_row_that_was_changed_fails_every_read_with_both_values_and_their_rows() {
    let store = TestStore::builder()
        .online_store(Arc::new(Flipped::default()))
        .build();
    store.at(time("2026-05-07 22:00")).rows([
        watched("a", "2026-05-07 12:00", 3),
        watched("a", "2026-05-06 12:00", 2),
    ]);
    let key = "a".to_owned();
    assert_eq!(
        failure(store.get::<Watched>(&key)).await,
        "what is served is not what a training set has: `watched` for user_id=a at 2026-05-07T22:00:00Z

  feature  served  point in time
  titles   3       3
  score    0.5     0.5
≠ genres   [nois]  [noir]

served:
  watched: the row of 2026-05-07T12:00:00Z
point in time:
  watched: the row of 2026-05-07T12:00:00Z
  watched: not the row of 2026-05-06T12:00:00Z: older: the winner is 1d newer
"
    );
    for failure in [
        failure(store.select(&key, Watched::GENRES)).await,
        failure(store.check()).await,
    ] {
        assert!(failure.contains("≠ genres "), "{failure}");
    }
}

#[tokio::test]
async fn rows_and_states_that_are_lost_fail_every_read() {
    let online = Shared::default();
    let store = TestStore::builder()
        .online_store(Arc::new(online.clone()))
        .build();
    let key = "a".to_owned();
    store.at(time("2026-05-07 22:00"));
    // Both stores know that the views were loaded.
    online.0.is_stale.store(true, Ordering::SeqCst);
    let _ = store.serve::<Profile>(&key).await.unwrap();
    online.0.is_stale.store(false, Ordering::SeqCst);
    for (name, text) in online.0.then.records("test") {
        online.0.store.set_record("test", &name, &text);
    }
    store
        .rows([watched("a", "2026-05-07 12:00", 3)])
        .events([payment(1, "a", "2026-05-07 12:00", "10.00")]);
    let _ = store.serve::<Profile>(&key).await.unwrap();
    online.0.is_stale.store(true, Ordering::SeqCst);
    let message = failure(store.serve::<Profile>(&key)).await;
    assert_eq!(
        message,
        "what is served is not what a training set has: `profile` for user_id=a at 2026-05-07T22:00:00Z

  feature        served                point in time
≠ titles         0                     3
≠ titles_found   missing               3
≠ score          null                  0.5
≠ spent_7d       0.00                  10.00
≠ watched        missing               2026-05-07T12:00:00Z
  user_payments  2026-05-07T22:00:00Z  2026-05-07T22:00:00Z

served:
  watched: no row
  user_payments: made of the entity's state
point in time:
  watched: the row of 2026-05-07T12:00:00Z
"
        .to_owned()
            + &store.explain::<UserPayments>(&key)
    );
    assert!(
        message
            .contains("spent_7d = sum(amount) window 7d: 1 event: 10.00 at 2026-05-07T12:00:00Z\n")
    );
    for failure in [
        failure(store.serve_with_ages::<Profile>(&key)).await,
        failure(store.get::<UserPayments>(&key)).await,
        failure(store.select(&key, UserPayments::SPENT_7D)).await,
    ] {
        assert!(failure.contains("≠ spent_7d "), "{failure}");
    }
    // The first of the views, whose window of a day has the payment.
    let failure = failure(store.check()).await;
    assert!(
        failure.contains("`merchant_payments` for user_id=a shop_id=7 "),
        "{failure}"
    );
    assert!(
        failure.contains("≠ last_purpose       null                  \"food\"\n"),
        "{failure}"
    );
}
