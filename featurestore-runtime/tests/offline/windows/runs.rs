//! Window views online where something comes between: other writers, kills, losses, damage.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use featurestore::__private_0_1_0::Window;
use featurestore::materialize::MaterializeError;
use featurestore::online::{OnlineFuture, OnlineStore};
use featurestore::testing::{Call, Intercept, MemoryStore};
use featurestore::view::ViewDefinition;
use featurestore::{Timestamp, Value};

use super::declared::{Asked, BEGIN, PLAIN, UNIT, asked, view, views, windows};
use super::events::{many, plain_event, write};
use super::turned::Turned;
use crate::definitions::Slots;
use crate::materialize::only;
use crate::support::{Fixture, wait};

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

#[test]
fn events_that_are_kept_out_are_quarantined_with_the_reason_for_each_view() {
    let fixture = Fixture::new();
    let views = views(|| &PLAIN);
    let turned = Turned::new(&fixture, Arc::new(MemoryStore::new()));
    turned.turn(BEGIN + 2 * UNIT);
    let at = "make_timestamp(1777600000000000)";
    let later = "make_timestamp(1777600010000000)";
    let rows = format!(
        "SELECT rows.*, 1::DECIMAL(12, 2) AS amount, 'de' AS country, 0.5::DOUBLE AS weight FROM (VALUES \
         ('1', {at}, 1::BIGINT, false), (NULL, {at}, 2, false), ('1', {at}, NULL, false), ('2', NULL, 4, false), \
         ('3', {later}, 5, NULL)) AS rows(user_id, paid_at, payment_id, gone)"
    );
    fixture.file("payments.parquet", &rows);
    let path = fixture.path("bad.parquet");
    let run = turned.store.materialize().views(views).quarantine(&path);
    let report = wait(run.run()).unwrap();
    assert!(report.is_ok(), "{report:?}");
    for view in report.views() {
        assert_eq!([view.read(), view.written(), view.rejected()], [5, 1, 4]);
        assert_eq!(view.rejections().len(), 4, "{view:?}");
    }
    let table = crate::support::read(&path);
    // The texts of a table have a `T` for each space.
    let mut kept: Vec<[String; 4]> = table
        .rows
        .iter()
        .map(|row| [0, 1, 3, 4].map(|column| row[column].replace('T', " ")))
        .collect();
    kept.sort_unstable();
    let null = "the value is null, and the feature may not be; make it an `Option`";
    let of_view = |view| {
        [
            [view, "1", "payment_id", null],
            [view, "2", "paid_at", "it is null"],
            [view, "3", "gone", null],
            [view, "null", "user_id", "it is null"],
        ]
    };
    let expected = [of_view("ever"), of_view("short")].concat();
    assert_eq!(kept, expected);
    let whole = table.rows.iter().find(|row| row[3] == "gone").unwrap();
    for part in [
        "\"user_id\":\"3\"",
        "\"payment_id\":5",
        "\"gone\":null",
        "2026-05-01T",
    ] {
        assert!(whole[5].contains(part), "{part}: {}", whole[5]);
    }
    // A run of later events looks no further back, and times that are none are of no interval.
    turned.turn(BEGIN + 3 * UNIT);
    let from = Timestamp::from_timestamp_micros(BEGIN + 1).unwrap();
    let run = turned.store.materialize().views(views).from(from);
    let report = wait(run.quarantine(&path).run()).unwrap();
    for view in report.views() {
        assert_eq!(view.rejected(), 1, "{view:?}");
    }
    assert_eq!(crate::support::read(&path).rows.len(), 2);
}
