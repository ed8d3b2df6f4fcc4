//! Events that come late, and events of the future.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use featurestore::testing::MemoryStore;
use featurestore::view::{Cadence, EventSourceDefinition};

use super::declared::{BEGIN, DECLARED, Declared, PLAIN, SECOND, UNIT, views};
use super::events::{plain_event, write};
use super::turned::{Turned, compare};
use crate::definitions::Slots;
use crate::materialize::only;
use crate::support::Fixture;

const YEAR: i64 = 366 * 86_400 * SECOND;

#[test]
fn events_of_the_future_are_counted_rejected_and_fail_what_has_no_others() {
    let fixture = Fixture::new();
    let (slots, views) = (Slots::new(1), [views(|| &PLAIN)[0]]);
    let service = slots.service(&views);
    let skew = Duration::from_secs(300);
    let turned = Turned::with_skew(&fixture, Arc::new(MemoryStore::new()), skew);
    turned.turn(BEGIN);
    let events = [
        plain_event(1, BEGIN + YEAR, 1),
        plain_event(2, BEGIN + YEAR, 2),
    ];
    write(&fixture, &events);
    let report = turned.full(&views);
    let view = &report.views()[0];
    assert_eq!([view.read(), view.rejected(), view.ahead()], [2, 2, 2]);
    let error = view.error().unwrap().to_string();
    for part in ["all 2 rows", "`paid_at` of ", "the clock", "2027-05"] {
        assert!(error.contains(part), "{error}");
    }
    let error = turned.read(service, 1).unwrap_err().to_string();
    assert!(error.contains("not loaded"), "{error}");
    // Beside others they are left out; what is ahead by no more than clocks differ waits.
    let mut events = events.to_vec();
    events.push(plain_event(1, BEGIN, 3));
    events.push(plain_event(1, BEGIN + 300 * SECOND, 4));
    write(&fixture, &events);
    let report = turned.full(&views);
    let view = only(&report);
    assert!(report.is_ok(), "{report:?}");
    assert_eq!([view.read(), view.rejected(), view.ahead()], [3, 2, 2]);
    for user in 1..3 {
        compare_short(&turned, service, &events, user);
    }
    let strict = turned.store.materialize().views(views).strict().run();
    let report = crate::support::wait(strict).unwrap();
    let error = report.views()[0].error().unwrap().to_string();
    assert!(error.contains("strict"), "{error}");
    // An interval that has only such is one without events.
    turned.turn(BEGIN + 3 * 86_400 * SECOND);
    assert!(turned.incremental(&views).is_ok());
    turned.turn(BEGIN + 6 * 86_400 * SECOND);
    let report = turned.incremental(&views);
    assert!(report.is_ok(), "{report:?}");
    assert_eq!(only(&report).ahead(), 2);
}

fn compare_short(
    turned: &Turned,
    service: &'static featurestore::service::ServiceDefinition,
    events: &[super::events::Event],
    user: u8,
) {
    let read = turned.read(service, user).unwrap();
    let now = turned.now.load(std::sync::atomic::Ordering::SeqCst);
    let held = events.iter();
    let held = held.filter(|it| it.user == user && it.time <= now && it.time > now - 5 * UNIT);
    let count = held.count().to_string();
    assert!(read.contains(&("events_a", count)), "{read:?}");
}

#[test]
fn an_incremental_run_takes_events_that_are_as_late_as_they_may_be() {
    static OFTEN: LazyLock<EventSourceDefinition> = LazyLock::new(|| {
        let cadence = Some(Cadence::Every(600 * SECOND));
        Declared {
            cadence,
            lateness: 3_600 * SECOND,
            ..DECLARED
        }
        .make()
    });
    let fixture = Fixture::new();
    let (slots, views) = (Slots::new(2), views(|| &OFTEN));
    let service = slots.service(&views);
    let turned = Turned::new(&fixture, Arc::new(MemoryStore::new()));
    let known = BEGIN + 3_700 * SECOND;
    let mut events = vec![plain_event(1, BEGIN, 1)];
    write(&fixture, &events);
    turned.turn(known);
    assert!(turned.full(&views).is_ok());
    // The source has it an hour after it happened.
    events.push(plain_event(2, known - 3_590 * SECOND, 2));
    write(&fixture, &events);
    let known = known + 10 * SECOND;
    turned.turn(known);
    assert!(turned.incremental(&views).is_ok());
    compare(&turned, service, (&events, &OFTEN), 2, known).unwrap();
}
