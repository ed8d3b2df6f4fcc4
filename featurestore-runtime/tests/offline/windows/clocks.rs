//! Which clock the values of windows are of: the online store's own, unless one was set.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use featurestore::offline::OfflineSettings;
use featurestore::online::{OnlineFuture, OnlineStore};
use featurestore::prelude::*;
use featurestore::testing::{Call, Intercept, MemoryStore};

use super::services::{Visitor, Visits, fixture};
use crate::support::{Fixture, time, wait};
use crate::typed::Watch;

/// A store whose own clock a test turns; it counts its reads.
#[derive(Debug, Default)]
struct Telling {
    memory: MemoryStore,
    micros: AtomicI64,
    reads: AtomicUsize,
}

impl Intercept for Telling {
    fn store(&self) -> &dyn OnlineStore {
        &self.memory
    }

    fn before(&self, call: &Call<'_>) -> OnlineFuture<'static, ()> {
        if matches!(call, Call::Read(_)) {
            self.reads.fetch_add(1, Ordering::SeqCst);
        }
        Box::pin(async { Ok(()) })
    }

    fn tells(&self) -> Option<Timestamp> {
        Timestamp::from_timestamp_micros(self.micros.load(Ordering::SeqCst))
    }
}

impl Telling {
    fn at(now: &str) -> Arc<Self> {
        let telling = Arc::new(Self::default());
        telling.turn(now);
        telling
    }

    fn turn(&self, now: &str) {
        let micros = time(now).timestamp_micros();
        self.micros.store(micros, Ordering::SeqCst);
    }

    /// How many reads there were since the last look.
    fn reads(&self) -> usize {
        self.reads.swap(0, Ordering::SeqCst)
    }
}

/// A store over the fixture's files, with the system's clock unless one is set.
fn open(fixture: &Fixture, online: &Arc<Telling>, clock: Option<Clock>) -> FeatureStore {
    let builder = FeatureStore::builder("test")
        .registry(featurestore::registry![Visits, Watch])
        .online_store(Arc::clone(online) as Arc<_>)
        .data_root(fixture.path(""))
        .offline(OfflineSettings::new());
    let builder = match clock {
        Some(clock) => builder.clock(clock),
        None => builder,
    };
    wait(builder.open()).unwrap()
}

fn load(store: &FeatureStore) -> Timestamp {
    let report = wait(store.materialize().views([Visits::definition()]).run()).unwrap();
    assert!(report.is_ok(), "{report:?}");
    report.until()
}

#[test]
fn what_is_read_decays_by_the_online_stores_own_clock() {
    let fixture = fixture();
    let online = Telling::at("2026-06-01T00:07:00Z");
    let store = open(&fixture, &online, None);
    assert_eq!(load(&store), time("2026-06-01T00:07:00Z"));
    online.reads();
    let visits = || wait(store.serve::<Visitor>(&1)).unwrap().visits_7d;
    assert_eq!(visits(), 2);
    // The fields are named by a time: it was not known how far the store's clock is from the process's.
    assert_eq!(online.reads(), 2);
    assert_eq!(visits(), 2);
    assert_eq!(online.reads(), 1);
    for (now, expected) in [
        ("2026-06-03T23:59:59.999999Z", 2),
        ("2026-06-04T00:00:00Z", 1),
        ("2026-06-04T23:59:59.999999Z", 1),
        ("2026-06-05T00:00:00Z", 0),
    ] {
        online.turn(now);
        assert_eq!(visits(), expected, "{now}");
        let row = wait(store.get::<Visits>(&1)).unwrap();
        assert_eq!(row.found().unwrap().visits_7d, expected, "{now}");
        let served = wait(store.serve_with_ages::<Visitor>(&1)).unwrap();
        let row = served.view::<Visits>().unwrap().row();
        assert_eq!(row, Lookup::Found(time(now)));
    }
}

#[test]
fn one_read_has_one_time_for_windows_and_ttls() {
    let fixture = fixture();
    let online = Telling::at("2026-06-01T00:00:00Z");
    let store = open(&fixture, &online, None);
    load(&store);
    let watch = Watch {
        user_id: 1,
        event_timestamp: time("2026-06-01T00:00:00Z"),
        count: 7,
        genre: None,
    };
    wait(store.push(&[watch])).unwrap();
    let count = || wait(store.serve::<Visitor>(&1)).unwrap().count;
    online.turn("2026-06-01T01:00:00Z");
    assert_eq!(count(), 7);
    online.turn("2026-06-01T01:00:00.000001Z");
    assert_eq!(count(), 0);
    // Without a window it is the process's, as a read that asks for no time is a command less.
    let alone = wait(store.get::<Watch>(&1)).unwrap();
    assert!(matches!(alone, Lookup::Expired { .. }), "{alone:?}");
    online.turn("2026-06-01T00:30:00Z");
    let alone = wait(store.get::<Watch>(&1)).unwrap();
    assert!(matches!(alone, Lookup::Expired { .. }), "{alone:?}");
}

#[test]
fn a_clock_that_was_set_rules() {
    let fixture = fixture();
    let online = Telling::at("2026-07-01T00:00:00Z");
    let clock = Clock::fixed(time("2026-06-01T00:00:00Z"));
    let store = open(&fixture, &online, Some(clock));
    assert_eq!(load(&store), time("2026-06-01T00:00:00Z"));
    online.reads();
    assert_eq!(wait(store.serve::<Visitor>(&1)).unwrap().visits_7d, 2);
    assert_eq!(online.reads(), 1);
}
