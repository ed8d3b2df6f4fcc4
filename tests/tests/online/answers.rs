//! A store that gives fewer answers than it was asked for is told so, and nothing is made up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use featurestore::online::{OnlineFuture, OnlineStore, Written};
use featurestore::testing::{Call, Intercept, MemoryStore};

use super::versions::{Profile, Served, profile, store};

/// A store that loses its last answer.
#[derive(Debug, Default)]
struct Losing {
    memory: MemoryStore,
    row: AtomicBool,
    entity: AtomicBool,
    written: AtomicBool,
}

impl Intercept for Losing {
    fn store(&self) -> &dyn OnlineStore {
        &self.memory
    }

    fn before(&self, _call: &Call<'_>) -> OnlineFuture<'static, ()> {
        Box::pin(async { Ok(()) })
    }

    fn found(&self, mut rows: Vec<Vec<Option<Bytes>>>) -> Vec<Vec<Option<Bytes>>> {
        if self.row.load(Ordering::Relaxed) {
            rows.last_mut().map(Vec::pop);
        }
        if self.entity.load(Ordering::Relaxed) {
            rows.pop();
        }
        rows
    }

    fn wrote(&self, mut written: Vec<Written>) -> Vec<Written> {
        if self.written.load(Ordering::Relaxed) {
            written.pop();
        }
        written
    }
}

#[tokio::test]
async fn fewer_answers_than_were_asked_for_are_an_error_that_counts_them() {
    let losing = Arc::new(Losing::default());
    let store = store(Arc::clone(&losing) as _).await;
    let rows = [profile("a"), profile("b")];
    store.push(&rows).await.unwrap();
    let said = |asked: usize| {
        let answered = asked - 1;
        format!("at memory gave {answered} answers where it was asked for {asked}, ")
    };
    let keys = ["a".to_owned(), "b".to_owned()];
    for (switch, asked) in [(&losing.entity, [1, 2]), (&losing.row, [1, 1])] {
        switch.store(true, Ordering::Relaxed);
        let errors = [
            store.get::<Profile>(&keys[0]).await.unwrap_err(),
            store.get_many::<Profile>(&keys).await.unwrap_err(),
            store.serve::<Served>(&keys[0]).await.unwrap_err(),
            store.serve_many::<Served>(&keys).await.unwrap_err(),
        ];
        for (error, asked) in errors.iter().zip(asked.iter().cycle()) {
            let text = error.to_string();
            assert!(text.contains(&said(*asked)), "{text}");
        }
        switch.store(false, Ordering::Relaxed);
    }
    losing.written.store(true, Ordering::Relaxed);
    let error = store.push(&rows).await.unwrap_err().to_string();
    assert!(error.contains(&said(2)), "{error}");
}
