//! Builds that declare a window view or its events differently, in turn over one online store.

use std::sync::{Arc, LazyLock};

use featurestore::materialize::MaterializeError;
use featurestore::testing::MemoryStore;
use featurestore::view::EventSourceDefinition;

use super::declared::{BEGIN, CORRECTED, DECLARED, Declared, UNIT, views};
use super::events::{plain_event, write};
use super::turned::Turned;
use crate::definitions::Slots;
use crate::materialize::only;
use crate::support::{Fixture, wait};

#[test]
fn states_of_events_that_count_by_another_rule_are_not_read_and_the_older_build_leaves_them_alone()
{
    static SETTLING: LazyLock<EventSourceDefinition> = LazyLock::new(|| {
        Declared {
            settling: 3 * UNIT,
            corrected: true,
            ..DECLARED
        }
        .make()
    });
    let fixture = Fixture::new();
    let slots = Slots::new(2);
    let (old, new) = ([views(|| &CORRECTED)[0]], [views(|| &SETTLING)[0]]);
    let online = Arc::new(MemoryStore::new());
    let turned = Turned::new(&fixture, online);
    write(&fixture, &[plain_event(1, BEGIN, 1)]);
    turned.turn(BEGIN + 4 * UNIT);
    assert!(turned.full(&old).is_ok());
    let (of_old, of_new) = (slots.service(&old), Slots::new(1).service(&new));
    for user in [1, 2] {
        assert!(turned.read(of_old, user).is_ok());
        let error = turned.read(of_new, user).unwrap_err().to_string();
        for part in [
            "another declaration",
            "`materialize short`",
            "field `short`",
        ] {
            assert!(error.contains(part), "{error}");
        }
    }
    // The newer build materializes, and the older one gives way.
    assert!(turned.full(&new).is_ok());
    assert!(turned.read(of_new, 1).is_ok());
    let report = turned.incremental(&old);
    let error = report.views()[0].error().unwrap();
    assert!(
        matches!(error, MaterializeError::Superseded { .. }),
        "{error}"
    );
    assert!(turned.read(of_new, 1).is_ok());
    assert!(turned.read(of_old, 1).is_err());
    // States of another build are no damage.
    let stats = wait(turned.store.online_stats()).unwrap();
    assert!(stats.fields().iter().all(|field| field.damaged() == 0));
    let back = turned.store.materialize().views(old).take_over();
    let report = wait(back.run()).unwrap();
    assert_eq!(only(&report).written(), 1);
    assert!(turned.read(of_old, 1).is_ok());
    assert!(turned.incremental(&new).views()[0].error().is_some());
}
