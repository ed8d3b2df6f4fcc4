//! Window views online: what their states say at a time is what plain loops find over the events that
//! they were made of.

use featurestore::online::OnlineStore as _;
use featurestore::testing::MemoryStore;
use featurestore::{StoreError, Timestamp};
use proptest::prelude::*;
use std::sync::Arc;

use super::declared::{BEGIN, CORRECTED, PLAIN, UNIT, views};
use super::events::{Event, event, many, plain_event, write};
use super::turned::{Turned, compare};
use crate::definitions::Slots;
use crate::support::{Fixture, wait};

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
