//! Reads at times before those that states are of.

use std::sync::Arc;
use std::time::Duration;

use featurestore::testing::MemoryStore;

use super::declared::{BEGIN, PLAIN, SECOND, UNIT, views};
use super::events::{plain_event, write};
use super::turned::{Turned, compare};
use crate::definitions::Slots;
use crate::support::Fixture;

#[test]
fn a_time_before_a_view_was_loaded_up_to_is_refused_with_a_state_or_without() {
    let fixture = Fixture::new();
    let (slots, views) = (Slots::new(2), views(|| &PLAIN));
    let service = slots.service(&views);
    let online = Arc::new(MemoryStore::new());
    let turned = Turned::new(&fixture, online.clone());
    let events = [
        plain_event(1, BEGIN, 1),
        plain_event(2, BEGIN + 200 * UNIT, 2),
    ];
    write(&fixture, &events);
    let loaded = BEGIN + 100 * UNIT;
    turned.turn(loaded);
    assert!(turned.full(&views).is_ok());
    turned.turn(BEGIN);
    // Also who reads it for the first time.
    for reader in [&turned, &Turned::new(&fixture, online)] {
        reader.turn(BEGIN);
        for user in 1..4 {
            let error = reader.read(service, user).unwrap_err().to_string();
            for part in [
                &format!("test:user_id:{user}"),
                "counted up to 2026-05-01T02:03:20Z",
                "asked for 2026-05-01T01:46:40Z",
            ] {
                assert!(error.contains(part), "{error}");
            }
        }
        reader.turn(loaded);
        for user in 0..4 {
            compare(reader, service, (&events, &PLAIN), user, loaded).unwrap();
        }
    }
    // A later run moves the time for both.
    turned.turn(loaded + 50 * UNIT);
    assert!(turned.incremental(&views).is_ok());
    turned.turn(loaded);
    for user in 1..4 {
        assert!(turned.read(service, user).is_err(), "{user}");
    }
}

#[test]
fn a_clock_that_is_a_little_behind_reads_at_the_time_of_the_states() {
    let fixture = Fixture::new();
    let (slots, views) = (Slots::new(2), views(|| &PLAIN));
    let service = slots.service(&views);
    let online = Arc::new(MemoryStore::new());
    let (ahead, skew) = (
        Turned::new(&fixture, online.clone()),
        Duration::from_secs(10),
    );
    let behind = Turned::with_skew(&fixture, online, skew);
    let loaded = BEGIN + 5 * UNIT;
    let events = [plain_event(1, loaded, 1), plain_event(1, BEGIN, 2)];
    write(&fixture, &events);
    ahead.turn(loaded);
    assert!(ahead.full(&views).is_ok());
    for user in [1, 3] {
        let expected = ahead.read(service, user).unwrap();
        for step in [1, 1_000, 10 * SECOND] {
            behind.turn(loaded - step);
            assert_eq!(behind.read_at(service, user, loaded).unwrap(), expected);
        }
        behind.turn(loaded - 10 * SECOND - 1);
        let error = behind.read(service, user).unwrap_err().to_string();
        assert!(error.contains("counted up to"), "{error}");
    }
}
