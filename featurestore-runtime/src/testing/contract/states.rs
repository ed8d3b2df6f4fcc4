//! How a state of several fields meets the one that stands there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures_util::future::join_all;

use super::Open;
use crate::online::{Address, EntityRead, Expected, OnlineStore, StateWrite};
use crate::testing::Numbers;
use crate::testing::rows::{address, read_one, row, write};

/// A summary with a number and what else it says; its version and schema id are any.
fn summary(number: u64, text: &str) -> Bytes {
    let mut bytes = vec![0x2f, 0xff, 0xff, 0xff];
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
    Bytes::from(bytes)
}

fn part(name: &str, text: &'static str) -> (String, Option<Bytes>) {
    (
        format!("v/{name}"),
        Some(Bytes::from_static(text.as_bytes())),
    )
}

fn gone(name: &str) -> (String, Option<Bytes>) {
    (format!("v/{name}"), None)
}

async fn one(store: &dyn OnlineStore, state: StateWrite) -> bool {
    let written = store.write_states(&[state]).await.unwrap();
    assert_eq!(written.len(), 1);
    written[0]
}

/// All fields of an entity.
async fn fields(store: &dyn OnlineStore, address: &Address) -> BTreeMap<String, Bytes> {
    let (mut cursor, mut found) = (None, BTreeMap::new());
    loop {
        let page = store.scan("p", cursor.as_ref()).await.unwrap();
        let own = page.entities.into_iter();
        found.extend(
            own.filter(|entity| entity.address == *address)
                .flat_map(|it| it.rows),
        );
        match page.next {
            Some(next) => cursor = Some(next),
            None => return found,
        }
    }
}

fn names(fields: &BTreeMap<String, Bytes>) -> Vec<&str> {
    fields.keys().map(String::as_str).collect()
}

pub(super) async fn a_state_is_written_where_it_is_the_one_that_was_read(open: Open<'_>) {
    let store = open();
    let at = address("p", "a");
    let replace = |expected: Option<&Bytes>, new: &Bytes, parts| {
        let expected = Expected::of(expected.map(|expected| &expected[..]));
        StateWrite::replacing(at.clone(), "v", expected, new.clone(), parts)
    };
    let (first, second, third) = (
        summary(7, "first"),
        summary(8, "second"),
        summary(9, "third"),
    );
    assert!(!one(&*store, replace(Some(&first), &second, vec![])).await);
    assert!(one(&*store, replace(None, &first, vec![part("d1", "x")])).await);
    assert!(!one(&*store, replace(None, &second, vec![part("d1", "y")])).await);
    assert!(
        !one(
            &*store,
            replace(Some(&second), &third, vec![part("d1", "y")])
        )
        .await
    );
    assert_eq!(read_one(&*store, &at, "v").await, Some(first.clone()));
    assert_eq!(
        read_one(&*store, &at, "v/d1").await.as_deref(),
        Some(&b"x"[..])
    );
    assert!(
        one(
            &*store,
            replace(Some(&first), &second, vec![part("d1", "y")])
        )
        .await
    );
    assert_eq!(read_one(&*store, &at, "v").await, Some(second.clone()));
    assert_eq!(
        read_one(&*store, &at, "v/d1").await.as_deref(),
        Some(&b"y"[..])
    );
    // Another state with the expected one's number is that one: the number alone is compared.
    assert!(one(&*store, replace(Some(&summary(8, "?")), &third, vec![])).await);
    // Of several in one call each meets what the one before left.
    let fourth = summary(10, "fourth");
    let both = [
        replace(Some(&third), &fourth, vec![]),
        replace(Some(&third), &first, vec![]),
    ];
    assert_eq!(store.write_states(&both).await.unwrap(), [true, false]);
    assert_eq!(store.write_states(&[]).await.unwrap(), [false; 0]);
    assert_eq!(read_one(&*store, &at, "v").await, Some(fourth));
}

pub(super) async fn a_state_that_is_written_again_is_written(open: Open<'_>) {
    let store = open();
    let at = address("p", "a");
    let write = |expected: Option<&Bytes>, new: Option<&Bytes>| {
        let expected = Expected::of(expected.map(|expected| &expected[..]));
        let parts = new.map(|_| part("h1", "x"));
        StateWrite::replacing(
            at.clone(),
            "v",
            expected,
            new.cloned(),
            Vec::from_iter(parts),
        )
    };
    let (first, second) = (summary(1, "first"), summary(2, "second"));
    for (old, new) in [
        (None, Some(&first)),
        (Some(&first), Some(&second)),
        (Some(&second), None),
    ] {
        for _ in 0..2 {
            assert!(one(&*store, write(old, new)).await);
            assert_eq!(read_one(&*store, &at, "v").await.as_ref(), new);
        }
    }
    assert!(fields(&*store, &at).await.is_empty());
}

pub(super) async fn a_state_replaces_its_own_fields_and_no_others(open: Open<'_>) {
    let store = open();
    let at = address("p", "a");
    let stored = row((1, None), b"x");
    let others = ["u", "v0", "v@2", "va", "w"];
    let rows: Vec<_> = others
        .iter()
        .map(|field| write(&at, field, &stored))
        .collect();
    store.write(&rows).await.unwrap();
    let own = |number, parts: Vec<(String, Option<Bytes>)>| {
        let expected = if number == 1 {
            Expected::NOTHING
        } else {
            Expected::of(Some(&summary(number - 1, "")))
        };
        StateWrite::replacing(at.clone(), "v", expected, summary(number, ""), parts)
    };
    let other = StateWrite {
        field: "v@2x".into(),
        parts: vec![("v@2x/d1".to_owned(), Some(stored.clone()))],
        ..own(1, vec![])
    };
    assert!(one(&*store, other).await);
    assert!(one(&*store, own(1, vec![part("d1", "a"), part("d2", "b")])).await);
    assert!(
        one(
            &*store,
            own(2, vec![part("d2", "c"), part("h3", "d"), gone("h4")])
        )
        .await
    );
    let found = fields(&*store, &at).await;
    let expected = [
        "u", "v", "v/d2", "v/h3", "v0", "v@2", "v@2x", "v@2x/d1", "va", "w",
    ];
    assert_eq!(names(&found), expected);
    assert_eq!(&found["v/d2"][..], b"c");
    // A change leaves alone what it does not name.
    let expected = Expected::of(Some(&found["v"]));
    let parts = vec![part("h4", "e"), gone("d2"), gone("d9")];
    let change = StateWrite::changing(at.clone(), "v", expected, summary(3, ""), parts);
    assert!(one(&*store, change).await);
    let found = fields(&*store, &at).await;
    assert_eq!(names(&found)[1..4], ["v", "v/h3", "v/h4"]);
    // A state that goes takes all of it along.
    let expected = Expected::of(Some(&found["v"]));
    assert!(
        one(
            &*store,
            StateWrite::replacing(at.clone(), "v", expected, None, vec![])
        )
        .await
    );
    let left = ["u", "v0", "v@2", "v@2x", "v@2x/d1", "va", "w"];
    assert_eq!(names(&fields(&*store, &at).await), left);
}

pub(super) async fn a_state_of_thousands_of_fields_is_written_as_one(open: Open<'_>) {
    let store = open();
    let at = address("p", "a");
    let part = |number: u32| {
        let bytes = Bytes::from(number.to_le_bytes().to_vec());
        (format!("v/h{number}"), Some(bytes))
    };
    let first = summary(1, "");
    let parts = (0..9000).map(part).collect();
    let all = StateWrite::replacing(at.clone(), "v", Expected::NOTHING, first.clone(), parts);
    assert!(one(&*store, all).await);
    assert_eq!(fields(&*store, &at).await.len(), 9001);
    let expected = Expected::of(Some(&first));
    let few = StateWrite::replacing(at.clone(), "v", expected, summary(2, ""), vec![part(77)]);
    assert!(one(&*store, few).await);
    assert_eq!(names(&fields(&*store, &at).await), ["v", "v/h77"]);
}

pub(super) async fn any_bytes_of_a_state_can_be_replaced(open: Open<'_>) {
    let store = open();
    let at = address("p", "a");
    let mut before = None;
    // Also what is too short to have a number, as damage leaves it, and a row of a plain view.
    for bytes in [
        &b""[..],
        b"\x2f",
        b"\x2f\xff\xff\xff",
        b"\x2f\xff\xff\xff\0\r\n=",
        b"=",
        b"a longer one than that",
    ] {
        let expected = Expected::of(before.as_deref());
        let new = Bytes::copy_from_slice(bytes);
        let state = StateWrite::replacing(at.clone(), "v", expected, new.clone(), vec![]);
        assert!(one(&*store, state).await, "{bytes:?}");
        assert_eq!(read_one(&*store, &at, "v").await, Some(new.clone()));
        before = Some(new);
    }
    // What has no bytes is not what is not there.
    let at = address("p", "b");
    let empty = || {
        StateWrite::replacing(
            at.clone(),
            "v",
            Expected::of(Some(b"")),
            summary(1, ""),
            vec![],
        )
    };
    assert!(!one(&*store, empty()).await);
    let nothing = StateWrite::replacing(at.clone(), "v", Expected::NOTHING, Bytes::new(), vec![]);
    assert!(one(&*store, nothing).await);
    assert!(one(&*store, empty()).await);
}

pub(super) async fn deleting_a_view_takes_its_states_along(open: Open<'_>) {
    let store = open();
    let states: Vec<StateWrite> = (0..3000_u32)
        .map(|number| {
            let at = address("p", &number.to_string());
            let parts = vec![part("d1", "x"), part("h77", "y")];
            StateWrite::replacing(at, "v", Expected::NOTHING, summary(1, ""), parts)
        })
        .collect();
    assert!(
        store
            .write_states(&states)
            .await
            .unwrap()
            .iter()
            .all(|written| *written)
    );
    let at = address("p", "7");
    let stored = row((1, None), b"x");
    store
        .write(&[write(&at, "v@2", &stored), write(&at, "vv", &stored)])
        .await
        .unwrap();
    assert_eq!(store.delete_view("p", "v").await.unwrap(), 3000);
    assert_eq!(store.delete_view("p", "v").await.unwrap(), 0);
    assert_eq!(names(&fields(&*store, &at).await), ["v@2", "vv"]);
    let at = address("p", "8");
    assert!(fields(&*store, &at).await.is_empty());
}

const WRITERS: u64 = 6;
const WRITES: u64 = 40;

/// Adds one to a state, as often as it takes until no other writer was faster: what is in its fields is
/// its count.
async fn add(store: &dyn OnlineStore, at: &Address, (writer, numbers): (u64, &mut Numbers)) {
    loop {
        let stored = read_one(store, at, "v").await;
        let count = stored.as_ref().map_or(0, count);
        // No two writers' summaries are the same, or both would take it for their own.
        let new = summary(count + 1, &writer.to_string());
        let expected = Expected::of(stored.as_deref());
        let text = Bytes::from((count + 1).to_le_bytes().to_vec());
        let parts = ["v/d1", "v/h2"].map(|part| (part.to_owned(), Some(text.clone())));
        let parts = Vec::from(parts);
        let state = if numbers.below(2) == 0 {
            StateWrite::replacing(at.clone(), "v", expected, new, parts)
        } else {
            StateWrite::changing(at.clone(), "v", expected, new, parts)
        };
        if one(store, state).await {
            return;
        }
    }
}

/// The count in a summary, or in another field.
fn count(bytes: &Bytes) -> u64 {
    let count = if bytes.len() == 8 {
        &bytes[..]
    } else {
        &bytes[4..12]
    };
    u64::from_le_bytes(count.try_into().unwrap())
}

pub(super) async fn of_writers_at_once_none_is_lost_and_no_reader_sees_a_part(open: Open<'_>) {
    let at = address("p", "a");
    let seed = crate::testing::seed(0x57a7e);
    let writing = Arc::new(AtomicBool::new(true));
    let (store, reading, address) = (open(), Arc::clone(&writing), at.clone());
    let reader = tokio::spawn(async move {
        let mut newest = 0;
        while reading.load(Ordering::Relaxed) {
            let fields = ["v", "v/d1", "v/h2"];
            let (address, fields) = (&address, &fields[..]);
            let found = store.read(&[EntityRead { address, fields }]).await.unwrap();
            let counts: Vec<Option<u64>> = found[0]
                .iter()
                .map(|bytes| bytes.as_ref().map(count))
                .collect();
            assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
            assert!(counts[0].unwrap_or(0) >= newest);
            newest = counts[0].unwrap_or(0);
            tokio::task::yield_now().await;
        }
    });
    let writers = (0..WRITERS).map(|writer| {
        let (store, at) = (open(), at.clone());
        tokio::spawn(async move {
            let mut numbers = Numbers::part(seed, writer);
            for _ in 0..WRITES {
                add(&*store, &at, (writer, &mut numbers)).await;
            }
        })
    });
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    writing.store(false, Ordering::Relaxed);
    reader.await.unwrap();
    let stored = read_one(&*open(), &at, "v").await.unwrap();
    assert_eq!(count(&stored), WRITERS * WRITES);
}
