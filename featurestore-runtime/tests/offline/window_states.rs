//! Window views online: what their states say at a time is what plain loops find over the events that
//! they were made of.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use featurestore::__private_0_1_0::Window;
use featurestore::materialize::{MaterializeError, MaterializeReport, ViewReport};
use featurestore::offline::OfflineSettings;
use featurestore::online::{OnlineFuture, OnlineStore};
use featurestore::service::ServiceDefinition;
use featurestore::testing::{Call, Intercept, MemoryStore};
use featurestore::view::{EventSourceDefinition, ViewDefinition};
use featurestore::{Clock, FeatureStore, Status, StoreError, Timestamp, Value};
use proptest::prelude::*;

use crate::definitions::Slots;
use crate::support::{Fixture, wait};
use crate::windows::{
    Asked, BEGIN, CORRECTED, Event, PLAIN, UNIT, asked, counting, event, expected, float,
    in_window, view, write,
};

/// A store over a fixture's files, whose clock a test turns.
struct Turned {
    store: FeatureStore,
    now: Arc<AtomicI64>,
}

impl Turned {
    fn new(fixture: &Fixture, online: Arc<dyn OnlineStore>) -> Self {
        let now = Arc::new(AtomicI64::new(BEGIN));
        let told = Arc::clone(&now);
        let clock = Clock::from_fn(move || {
            Timestamp::from_timestamp_micros(told.load(Ordering::SeqCst)).unwrap()
        });
        let store = FeatureStore::builder("test")
            .registry(featurestore::registry![])
            .online_store(online)
            .data_root(fixture.path(""))
            .clock(clock)
            .offline(OfflineSettings::new())
            .open();
        Self {
            store: wait(store).unwrap(),
            now,
        }
    }

    fn turn(&self, now: i64) {
        self.now.store(now, Ordering::SeqCst);
    }

    fn full(&self, views: &[&'static ViewDefinition]) -> MaterializeReport {
        let run = self.store.materialize().views(views.iter().copied());
        wait(run.run()).unwrap()
    }

    fn incremental(&self, views: &[&'static ViewDefinition]) -> MaterializeReport {
        let run = self.store.materialize().views(views.iter().copied());
        wait(run.incremental().run()).unwrap()
    }

    /// A user's features, each by its name, as text.
    fn read(
        &self,
        service: &'static ServiceDefinition,
        user: u8,
    ) -> Result<Vec<(&'static str, String)>, StoreError> {
        let plan = self.store.plan_service(service);
        let entities = [vec![Value::Str(user.to_string())]];
        let values = wait(self.store.read_plan(&plan, &entities))?.remove(0)?;
        let texts = plan.names().zip(values).map(|(name, value)| {
            assert!(matches!(value.status, Status::Found | Status::Null));
            assert_eq!(value.event_timestamp, Some(self.store.clock().now()));
            (
                name,
                value.value.as_ref().map_or_else(|| "-".to_owned(), text),
            )
        });
        Ok(texts.collect())
    }

    fn verify(&self, views: &[&'static ViewDefinition]) {
        let report = wait(
            self.store
                .online_verify()
                .views(views.iter().copied())
                .run(),
        );
        let report = report.unwrap();
        assert!(
            report.is_ok(),
            "{:?}",
            report.differences().collect::<Vec<_>>()
        );
    }
}

/// As the tables of training sets have it.
fn text(value: &Value) -> String {
    match value {
        Value::F64(value) => float(*value),
        Value::List(values) => {
            let values = values
                .iter()
                .flatten()
                .map(|value| value.text().into_owned());
            format!("[{}]", values.collect::<Vec<_>>().join(",T"))
        }
        other => other.text().into_owned(),
    }
}

fn only(report: &MaterializeReport) -> &ViewReport {
    if let Some(error) = report.views()[0].error() {
        panic!("{error}");
    }
    &report.views()[0]
}

/// The windows of the views, by what their features' names end with.
fn windows() -> [(&'static str, Window); 3] {
    [
        ("a", Window::new(Some(5 * UNIT), None, 0).unwrap()),
        (
            "b",
            Window::new(Some(12 * UNIT), Some(4 * UNIT), 1).unwrap(),
        ),
        ("c", Window::new(None, None, 3 * UNIT).unwrap()),
    ]
}

fn views(events: fn() -> &'static EventSourceDefinition) -> [&'static ViewDefinition; 2] {
    let [a, b, c] = windows();
    let mut short = asked(a.1, a.0);
    short.extend(asked(b.1, b.0));
    [
        view("short", events, &short),
        view("ever", events, &asked(c.1, c.0)),
    ]
}

/// Compares what is read of a user now with plain loops over the events that were known at `known`.
fn compare(
    turned: &Turned,
    service: &'static ServiceDefinition,
    (events, source): (&[Event], &EventSourceDefinition),
    user: u8,
    known: i64,
) -> Result<(), TestCaseError> {
    let now = turned.now.load(Ordering::SeqCst);
    let found = turned.read(service, user).unwrap();
    prop_assert_eq!(found.len(), 33);
    for (name, found) in found {
        let window = windows()
            .into_iter()
            .find(|(suffix, _)| name.ends_with(&format!("_{suffix}")));
        let mut held = counting(events, source, user, known);
        held.retain(|event| in_window(event, &window.unwrap().1, now));
        prop_assert_eq!(
            found,
            expected(name, &held),
            "{} of {} at {}",
            name,
            user,
            now - BEGIN
        );
    }
    Ok(())
}

#[test]
fn what_is_read_online_is_what_plain_loops_find_over_the_events_that_were_materialized() {
    let fixture = Fixture::new();
    let slots = Slots::new(2);
    let of_source = [views(|| &PLAIN), views(|| &CORRECTED)];
    let events = || prop::collection::vec(event(), 1..60);
    let times = prop::collection::vec((0..50_i64, -1..=1_i64), 1..5);
    let cases = (events(), times, 5..45_i64, any::<bool>());
    let outcome =
        featurestore_properties::runner(20).run(&cases, |(events, times, first, corrected)| {
            let turned = Turned::new(&fixture, Arc::new(MemoryStore::new()));
            let (views, source) = (
                of_source[usize::from(corrected)],
                [&PLAIN, &CORRECTED][usize::from(corrected)],
            );
            let service = slots.service(&views);
            let compare_all = |events: &[Event], known: i64| {
                for (later, beside) in &times {
                    turned.turn((known + later * UNIT + beside).max(known));
                    for user in 0..4 {
                        compare(&turned, service, (events, source), user, known)?;
                    }
                }
                turned.turn(known);
                Ok::<(), TestCaseError>(())
            };
            // What came to the source up to a time, and then all of it.
            let known = BEGIN + first * UNIT;
            let before: Vec<Event> = events
                .iter()
                .filter(|event| event.time <= known)
                .cloned()
                .collect();
            turned.turn(known);
            if !before.is_empty() {
                write(&fixture, &before);
                let report = turned.full(&views);
                prop_assert!(report.is_ok(), "{:?}", report);
                compare_all(&before, known)?;
                turned.verify(&views);
            }
            write(&fixture, &events);
            let known = BEGIN + 46 * UNIT;
            turned.turn(known);
            let report = turned.incremental(&views);
            prop_assert!(report.is_ok(), "{:?}", report);
            compare_all(&events, known)?;
            turned.verify(&views);
            // Users that are gone, and events that are.
            let left: Vec<Event> = events
                .iter()
                .filter(|event| event.user != 0 && event.id != 1)
                .cloned()
                .collect();
            if !left.is_empty() {
                write(&fixture, &left);
                let report = turned.full(&views);
                prop_assert!(report.is_ok(), "{:?}", report);
                compare_all(&left, known)?;
                turned.verify(&views);
            }
            Ok(())
        });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

fn plain_event(user: u8, time: i64, id: i64) -> Event {
    Event {
        user,
        time,
        id,
        created: None,
        amount: Some(id % 100),
        country: Some(u8::try_from(id % 3).unwrap()),
        weight: Some(0.1),
        gone: false,
    }
}

/// Events of two users, too many for one field.
fn many() -> Vec<Event> {
    (0..3_000)
        .map(|id| plain_event(u8::from(id % 5 == 0), BEGIN + id * UNIT / 60 + id % 3, id))
        .collect()
}

#[test]
fn an_entity_of_many_events_is_read_by_its_tiles() {
    let fixture = Fixture::new();
    let (slots, views, events) = (Slots::new(2), views(|| &PLAIN), many());
    let online = Arc::new(MemoryStore::new());
    let turned = Turned::new(&fixture, online.clone());
    write(&fixture, &events);
    let known = BEGIN + 60 * UNIT;
    turned.turn(known);
    let report = turned.full(&views);
    let counts = [report.views()[0].read(), report.views()[0].written()];
    assert_eq!((counts, report.views()[0].rejected()), ([2, 2], 0));
    assert!(
        online
            .rows()
            .iter()
            .any(|(_, field, _)| field.contains('/'))
    );
    let service = slots.service(&views);
    for step in [0, 1, UNIT - 1, UNIT, 3 * UNIT + 7, 12 * UNIT, 100 * UNIT] {
        turned.turn(known + step);
        for user in 0..3 {
            compare(&turned, service, (&events, &PLAIN), user, known).unwrap();
        }
    }
    turned.verify(&views);
    let stats = wait(turned.store.online_stats()).unwrap();
    for view in views {
        let field = stats
            .fields()
            .iter()
            .find(|field| field.field() == view.name())
            .unwrap();
        assert_eq!((field.rows(), field.damaged()), (2, 0), "{field:?}");
    }
    // All of it goes with the view, and what says that it was loaded.
    let [short, ever] = views;
    assert_eq!(
        wait(turned.store.online_delete_view(short.field())).unwrap(),
        2
    );
    assert!(
        online
            .rows()
            .iter()
            .all(|(_, field, _)| field.starts_with("ever"))
    );
    let error = turned
        .read(slots.service(&[short]), 0)
        .unwrap_err()
        .to_string();
    assert!(error.contains("not loaded"), "{error}");
    assert!(turned.read(slots.service(&[ever]), 0).is_ok());
}

#[test]
fn nothing_is_read_of_a_view_before_it_is_loaded_or_after_its_states_were_lost() {
    let fixture = Fixture::new();
    let (slots, views) = (Slots::new(1), [views(|| &PLAIN)[0]]);
    let online = Arc::new(MemoryStore::new());
    let turned = Turned::new(&fixture, online.clone());
    let service = slots.service(&views);
    turned.turn(BEGIN + UNIT);
    let not_loaded = |user| {
        let error = turned.read(service, user).unwrap_err();
        assert!(matches!(error, StoreError::Row { .. }), "{error:?}");
        let text = error.to_string();
        for part in [
            "view `short`",
            &format!("test:user_id:{user}"),
            "not loaded",
            "materialize",
        ] {
            assert!(text.contains(part), "{text}");
        }
    };
    not_loaded(1);
    let events = [plain_event(1, BEGIN, 1)];
    write(&fixture, &events);
    // An interval leaves no watermark, and so nothing is known of users without events.
    let from = Timestamp::from_timestamp_micros(BEGIN).unwrap();
    let part = turned.store.materialize().views(views).from(from);
    assert!(wait(part.run()).unwrap().is_ok());
    not_loaded(2);
    assert!(turned.full(&views).is_ok());
    let read = turned.read(service, 1).unwrap();
    assert!(read.contains(&("events_a", "1".to_owned())), "{read:?}");
    let read = turned.read(service, 2).unwrap();
    assert!(read.contains(&("events_a", "0".to_owned())), "{read:?}");
    assert!(read.contains(&("least_a", "-".to_owned())), "{read:?}");
    // A store that lost all says so, also where all came back before it was asked again.
    wait(online.delete_project("test")).unwrap();
    not_loaded(2);
    assert!(turned.incremental(&views).is_ok());
    assert_eq!(turned.read(service, 2).unwrap(), read);
}

/// What another writer does before a call that writes states.
type Between = Box<dyn FnOnce() -> OnlineFuture<'static, ()> + Send>;

/// A store whose writes of states another writer can be before, and that can evict.
#[derive(Default)]
struct Troubled {
    memory: Arc<MemoryStore>,
    between: Mutex<Option<Between>>,
    calls: AtomicI64,
    evicts: bool,
}

impl std::fmt::Debug for Troubled {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Troubled")
    }
}

impl Intercept for Troubled {
    fn store(&self) -> &dyn OnlineStore {
        &*self.memory
    }

    fn before(&self, call: &Call<'_>) -> OnlineFuture<'static, ()> {
        if !matches!(call, Call::WriteStates(_)) {
            return Box::pin(async { Ok(()) });
        }
        self.calls.fetch_add(1, Ordering::SeqCst);
        let between = self.between.lock().unwrap().take();
        Box::pin(async move {
            match between {
                Some(between) => between().await,
                None => Ok(()),
            }
        })
    }

    fn evicting(&self) -> Option<String> {
        self.evicts.then(|| "a test says so".to_owned())
    }
}

fn state_of(memory: &MemoryStore, user: u8) -> Vec<(String, bytes::Bytes)> {
    let rows = memory.rows().into_iter();
    let own = rows.filter(|(address, ..)| address.to_string().ends_with(&format!(":{user}")));
    own.map(|(_, field, bytes)| (field, bytes)).collect()
}

#[test]
fn a_run_undoes_nothing_of_a_writer_that_was_faster() {
    let fixture = Fixture::new();
    let (slots, views) = (Slots::new(1), [views(|| &PLAIN)[0]]);
    let online = Arc::new(Troubled::default());
    let slow = Turned::new(&fixture, online.clone());
    let fast = Turned::new(&fixture, online.memory.clone());
    let events = [plain_event(1, BEGIN, 1), plain_event(1, BEGIN + UNIT, 2)];
    write(&fixture, &events);
    slow.turn(BEGIN);
    fast.turn(BEGIN + 2 * UNIT);
    // Another run, to a later time, is done after this one has read.
    let later = fast.store.clone();
    *online.between.lock().unwrap() = Some(Box::new(move || {
        Box::pin(async move {
            assert!(
                later
                    .materialize()
                    .views(views)
                    .run()
                    .await
                    .unwrap()
                    .is_ok()
            );
            Ok(())
        })
    }));
    let report = slow.full(&views);
    let view = &report.views()[0];
    assert_eq!(
        [view.read(), view.written(), view.older()],
        [1, 0, 1],
        "{view:?}"
    );
    let service = slots.service(&views);
    let read = fast.read(service, 1).unwrap();
    assert!(read.contains(&("events_a", "2".to_owned())), "{read:?}");
    // One that writes a state of an earlier time between: this one is made again, and stays.
    slow.turn(BEGIN + 3 * UNIT);
    let memory = online.memory.clone();
    *online.between.lock().unwrap() = Some(Box::new(move || {
        Box::pin(async move {
            memory.change_rows(|_, _, bytes| {
                let mut bytes = bytes.to_vec();
                bytes[4] ^= 1;
                bytes.into()
            });
            Ok(())
        })
    }));
    let before = online.calls.load(Ordering::SeqCst);
    assert_eq!(only(&slow.full(&views)).written(), 1);
    assert_eq!(online.calls.load(Ordering::SeqCst) - before, 2);
    slow.verify(&views);
}

#[test]
fn a_run_that_is_killed_half_way_is_made_up_for_by_the_next() {
    let fixture = Fixture::new();
    let (slots, views) = (Slots::new(1), [views(|| &PLAIN)[0]]);
    let users = "SELECT CAST(u.range AS VARCHAR) AS user_id, make_timestamp(1777600000000000 + e.range) AS paid_at, \
                 e.range AS payment_id, CAST(1 AS DECIMAL(12, 2)) AS amount, 'de' AS country, CAST(0.5 AS DOUBLE) AS weight, \
                 false AS gone FROM range(2500) AS u, range(3) AS e";
    fixture.file("payments.parquet", users);
    let online = fixture.online.clone();
    let turned = Turned::new(&fixture, online.clone());
    turned.turn(BEGIN + UNIT);
    online.refuses_after.store(1, Ordering::SeqCst);
    let report = turned.full(&views);
    let failed = report.views()[0].error();
    assert!(
        matches!(failed, Some(MaterializeError::Online(_))),
        "{failed:?}"
    );
    let chunks = online.chunks.lock().unwrap().clone();
    assert_eq!(chunks.len(), 1);
    let service = slots.service(&views);
    let states = |user: u16| {
        let plan = turned.store.plan_service(service);
        let entity = [vec![Value::Str(user.to_string())]];
        wait(turned.store.read_plan(&plan, &entity))
            .unwrap()
            .remove(0)
    };
    let (there, missing): (Vec<u16>, Vec<u16>) = (0..2500).partition(|user| states(*user).is_ok());
    assert_eq!(there.len(), chunks[0]);
    let error = states(missing[0]).unwrap_err().to_string();
    assert!(error.contains("not loaded"), "{error}");
    online.refuses_after.store(0, Ordering::SeqCst);
    let report = turned.incremental(&views);
    assert_eq!(
        [only(&report).read(), only(&report).written()],
        [2500, 2500]
    );
    let three = Some(Value::Int(3));
    for user in [there[0], missing[0], missing[1]] {
        assert_eq!(states(user).unwrap()[0].value, three);
    }
    assert_eq!(states(2500).unwrap()[0].value, Some(Value::Int(0)));
    turned.verify(&views);
}

#[test]
fn states_of_entities_that_have_no_events_any_more_are_removed_by_runs_in_full() {
    let fixture = Fixture::new();
    let views = [views(|| &PLAIN)[0]];
    let online = Arc::new(MemoryStore::new());
    let turned = Turned::new(&fixture, online.clone());
    turned.turn(BEGIN + 60 * UNIT);
    write(&fixture, &many());
    assert!(turned.full(&views).is_ok());
    write(&fixture, &[plain_event(1, BEGIN + 59 * UNIT, 1)]);
    assert_eq!(only(&turned.incremental(&views)).removed(), 0);
    assert!(!state_of(&online, 0).is_empty());
    let report = turned.full(&views);
    assert_eq!([only(&report).written(), only(&report).removed()], [1, 1]);
    assert!(state_of(&online, 0).is_empty());
    assert_eq!(state_of(&online, 1).len(), 1);
    turned.verify(&views);
}

#[test]
fn damaged_states_are_errors_by_name_and_the_next_run_mends_them() {
    let fixture = Fixture::new();
    let (slots, views) = (Slots::new(1), [views(|| &PLAIN)[0]]);
    let online = Arc::new(MemoryStore::new());
    let turned = Turned::new(&fixture, online.clone());
    turned.turn(BEGIN + 60 * UNIT);
    write(&fixture, &many());
    assert!(turned.full(&views).is_ok());
    let service = slots.service(&views);
    let sound = turned.read(service, 0).unwrap();
    let cut = |length: usize| {
        online.change_rows(|_, field, bytes| {
            let length = if field == "short" {
                length.min(bytes.len())
            } else {
                bytes.len()
            };
            bytes.slice(..length)
        });
    };
    for length in [1500, 40, 11, 3, 0] {
        cut(length);
        let error = turned.read(service, 0).unwrap_err().to_string();
        for part in ["view `short`", "test:user_id:0", "damaged"] {
            assert!(error.contains(part), "{length}: {error}");
        }
        let report = wait(turned.store.online_verify().views(views).run()).unwrap();
        assert_eq!(report.views()[0].differences().len(), 2);
    }
    assert_eq!(only(&turned.full(&views)).written(), 2);
    assert_eq!(turned.read(service, 0).unwrap(), sound);
    // Bits that are others make no panic, and most of them are found.
    let mut numbers = featurestore::testing::Numbers::seeded(0xd4);
    let mut found = 0;
    for _ in 0..40 {
        online.change_rows(|_, _, bytes| {
            let mut bytes = bytes.to_vec();
            let place = usize::try_from(numbers.below(bytes.len() as u64)).unwrap();
            bytes[place] ^= 1 << numbers.below(8);
            bytes.into()
        });
        let _ = turned.read(service, 0);
        let report = wait(turned.store.online_verify().views(views).run()).unwrap();
        found += usize::from(!report.is_ok());
    }
    assert!(found > 20, "{found}");
    assert_eq!(only(&turned.full(&views)).written(), 2);
    turned.verify(&views);
}

#[test]
fn states_of_another_declaration_are_errors_until_they_are_made_anew() {
    let fixture = Fixture::new();
    let slots = Slots::new(1);
    let old = [views(|| &PLAIN)[0]];
    let [a, b, _] = windows();
    let mut longer: Vec<Asked> = asked(Window::new(Some(6 * UNIT), None, 0).unwrap(), a.0);
    longer.extend(asked(b.1, b.0));
    let new = [view("short", || &PLAIN, &longer)];
    let turned = Turned::new(&fixture, Arc::new(MemoryStore::new()));
    turned.turn(BEGIN + UNIT);
    write(&fixture, &[plain_event(1, BEGIN, 1)]);
    assert!(turned.full(&old).is_ok());
    let other = |views: &[&'static ViewDefinition]| {
        for user in [1, 2] {
            let error = turned
                .read(slots.service(views), user)
                .unwrap_err()
                .to_string();
            assert!(error.contains("another declaration"), "{error}");
        }
    };
    other(&new);
    let report = turned.incremental(&new);
    assert!(only(&report).full_because().is_some());
    assert!(turned.read(slots.service(&new), 1).is_ok());
    assert!(turned.read(slots.service(&new), 2).is_ok());
    turned.verify(&new);
    other(&old);
}

#[test]
fn a_store_that_evicts_is_refused_for_window_views() {
    let fixture = Fixture::new();
    let views = [views(|| &PLAIN)[0]];
    let online = Arc::new(Troubled {
        evicts: true,
        ..Troubled::default()
    });
    let turned = Turned::new(&fixture, online.clone());
    turned.turn(BEGIN + UNIT);
    write(&fixture, &[plain_event(1, BEGIN, 1)]);
    let report = turned.full(&views);
    let error = report.views()[0].error().unwrap().to_string();
    assert!(
        error.contains("a test says so") && error.contains("noeviction"),
        "{error}"
    );
    assert!(online.memory.rows().is_empty());
}

#[test]
fn rejected_events_are_counted_and_fail_a_strict_run() {
    let fixture = Fixture::new();
    let views = [views(|| &PLAIN)[0]];
    let turned = Turned::new(&fixture, Arc::new(MemoryStore::new()));
    turned.turn(BEGIN + UNIT);
    let rows = "SELECT * FROM (VALUES ('1', make_timestamp(1777600000000000), 1::BIGINT), \
                (NULL, make_timestamp(1777600000000000), 2), ('1', make_timestamp(1777600000000000), NULL)) \
                AS rows(user_id, paid_at, payment_id), \
                (SELECT 1::DECIMAL(12, 2) AS amount, 'de' AS country, 0.5::DOUBLE AS weight, false AS gone)";
    fixture.file("payments.parquet", rows);
    let strict = turned.store.materialize().views(views).strict();
    let report = wait(strict.run()).unwrap();
    assert!(matches!(
        report.views()[0].error(),
        Some(MaterializeError::Rejected { rejected: 2, .. })
    ));
    let report = turned.full(&views);
    let view = only(&report);
    assert_eq!([view.read(), view.written(), view.rejected()], [3, 1, 2]);
}
