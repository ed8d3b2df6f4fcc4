//! Window views where another server answers reads than takes writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use featurestore::online::{OnlineFuture, OnlineStore};
use featurestore::testing::{Call, Intercept, MemoryStore};

use super::declared::{BEGIN, PLAIN, UNIT, views};
use super::events::{plain_event, write};
use super::turned::{Turned, compare};
use crate::definitions::Slots;
use crate::support::Fixture;

/// A store that is read from a replica, which has nothing while it lags.
#[derive(Debug, Default)]
struct Lagging {
    memory: MemoryStore,
    lags: AtomicBool,
}

impl Intercept for Lagging {
    fn store(&self) -> &dyn OnlineStore {
        &self.memory
    }

    fn before(&self, _: &Call<'_>) -> OnlineFuture<'static, ()> {
        Box::pin(async { Ok(()) })
    }

    fn lags(&self) -> bool {
        true
    }

    fn found(&self, rows: Vec<Vec<Option<Bytes>>>) -> Vec<Vec<Option<Bytes>>> {
        if !self.lags.load(Ordering::SeqCst) {
            return rows;
        }
        let nothing = |rows: Vec<Option<Bytes>>| rows.into_iter().map(|_| None).collect();
        rows.into_iter().map(nothing).collect()
    }
}

#[test]
fn an_entity_whose_state_a_replica_lacks_is_not_one_without_events() {
    let fixture = Fixture::new();
    let (slots, views) = (Slots::new(2), views(|| &PLAIN));
    let service = slots.service(&views);
    let online = Arc::new(Lagging::default());
    let turned = Turned::new(&fixture, online.clone());
    let events = [plain_event(1, BEGIN, 1), plain_event(2, BEGIN, 2)];
    write(&fixture, &events);
    let known = BEGIN + UNIT;
    turned.turn(known);
    online.lags.store(true, Ordering::SeqCst);
    assert!(turned.full(&views).is_ok());
    // And again, which finds what it wrote.
    assert!(turned.full(&views).is_ok());
    for lags in [true, false] {
        online.lags.store(lags, Ordering::SeqCst);
        for user in 0..4 {
            compare(&turned, service, (&events, &PLAIN), user, known).unwrap();
        }
    }
}
