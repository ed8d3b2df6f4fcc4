//! Which of two rows stays.

use std::collections::HashMap;

use crate::online::{RowWrite, Written};
use crate::time::Timestamp;
use bytes::Bytes;

use super::Open;
use crate::testing::Numbers;
use crate::testing::rows::{Stamp, address, read_one, row, stamp, write};

/// Times that differ in every way that a comparison could get wrong: in sign, in the upper half,
/// in the lower half, by one beyond what a double tells apart, in bytes above 127.
fn times() -> Vec<i64> {
    let first = Timestamp::MIN_UTC.timestamp_micros();
    let last = Timestamp::MAX_UTC.timestamp_micros();
    vec![
        first,
        first + 1,
        (1 << 48) - (1 << 55) - 1,
        (1 << 48) - (1 << 55),
        -(1 << 53) - 1,
        -(1 << 53),
        -(1 << 32),
        -1,
        0,
        1,
        127,
        128,
        255,
        256,
        (1 << 31) - 1,
        1 << 31,
        (1 << 32) - 1,
        1 << 32,
        1_778_191_200_000_000,
        1_778_191_200_000_001,
        1 << 53,
        (1 << 53) + 1,
        (255 << 48) - (1 << 55) - 1,
        (255 << 48) - (1 << 55),
        last - 1,
        last,
    ]
}

pub(super) async fn the_newer_row_wins_by_event_then_created_time(open: Open<'_>) {
    let store = open();
    let mut stamps: Vec<Stamp> = times().into_iter().map(|time| (time, None)).collect();
    stamps.extend(times().into_iter().map(|time| (7, Some(time))));
    stamps.extend([(6, Some(9)), (7, None), (8, Some(-3))]);
    let mut keys = Vec::new();
    let (mut first, mut second, mut expected) = (Vec::new(), Vec::new(), Vec::new());
    for (i, stored) in stamps.iter().enumerate() {
        for (j, new) in stamps.iter().enumerate() {
            let address = address("p", &format!("{i}-{j}"));
            first.push(write(&address, "v", &row(*stored, b"stored")));
            second.push(write(&address, "v", &row(*new, b"new")));
            expected.push(if new < stored {
                Written::Older
            } else {
                Written::Stored
            });
            keys.push((address, *stored, *new));
        }
    }
    assert!(
        store
            .write(&first)
            .await
            .unwrap()
            .iter()
            .all(|written| *written == Written::Stored)
    );
    let written = store.write(&second).await.unwrap();
    for ((key, written), expected) in keys.iter().zip(&written).zip(&expected) {
        let (address, stored, new) = key;
        assert_eq!(written, expected, "{new:?} over {stored:?}");
        let stays = match expected {
            Written::Older => row(*stored, b"stored"),
            Written::Stored => row(*new, b"new"),
        };
        assert_eq!(read_one(&*store, address, "v").await, Some(stays));
    }
}

pub(super) async fn rows_of_one_time_are_compared_as_those_of_many(open: Open<'_>) {
    let store = open();
    let mut project = 0;
    for new in times() {
        for fields in [&["v"][..], &["v", "w"]] {
            project += 1;
            let entities = times().into_iter().flat_map(|stored| {
                let address = address(&project.to_string(), &stored.to_string());
                fields
                    .iter()
                    .map(move |field| (address.clone(), *field, stored))
            });
            let entities: Vec<_> = entities.collect();
            let all = |value: &'static [u8], time: Option<i64>| -> Vec<RowWrite> {
                let entities = entities.iter();
                let write = entities.map(|(address, field, stored)| {
                    write(address, field, &row((time.unwrap_or(*stored), None), value))
                });
                write.collect()
            };
            store.write(&all(b"stored", None)).await.unwrap();
            let written = store.write(&all(b"new", Some(new))).await.unwrap();
            for ((address, field, stored), written) in entities.iter().zip(written) {
                let stays = *stored > new;
                assert_eq!(written == Written::Older, stays, "{new} over {stored}");
                let row = if stays {
                    row((*stored, None), b"stored")
                } else {
                    row((new, None), b"new")
                };
                assert_eq!(read_one(&*store, address, field).await, Some(row));
            }
        }
    }
}

pub(super) async fn an_equal_row_overwrites(open: Open<'_>) {
    let store = open();
    let a = address("p", "a");
    for stamp in [(5, None), (5, Some(3))] {
        for value in [b"first", b"again"] {
            let row = row(stamp, value);
            let written = store.write(&[write(&a, "v", &row)]).await.unwrap();
            assert_eq!(written, [Written::Stored]);
            assert_eq!(read_one(&*store, &a, "v").await, Some(row));
        }
    }
}

pub(super) async fn rows_of_one_key_in_one_call_count_in_their_order(open: Open<'_>) {
    let store = open();
    let (a, b) = (address("p", "a"), address("p", "b"));
    let rows = [
        write(&a, "v", &row((2, None), b"1")),
        write(&a, "v", &row((1, None), b"2")),
        write(&a, "w", &row((9, None), b"3")),
        write(&a, "v", &row((3, None), b"4")),
        write(&b, "v", &row((1, None), b"5")),
        write(&a, "v", &row((3, None), b"6")),
        write(&a, "w", &row((8, None), b"7")),
        write(&b, "v", &row((0, None), b"8")),
    ];
    let (stored, older) = (Written::Stored, Written::Older);
    assert_eq!(
        store.write(&rows).await.unwrap(),
        [stored, older, stored, stored, stored, stored, older, older]
    );
    assert_eq!(read_one(&*store, &a, "v").await, Some(row((3, None), b"6")));
    assert_eq!(read_one(&*store, &a, "w").await, Some(row((9, None), b"3")));
    assert_eq!(read_one(&*store, &b, "v").await, Some(row((1, None), b"5")));
}

/// Bytes that are no row.
fn damaged() -> Vec<Bytes> {
    let plain = row((5, None), b"");
    let created = row((5, Some(5)), b"more");
    // Five, and in nine bytes though seven hold it.
    let mut long = created.to_vec();
    long.splice(4..11, [0xff, 0x80, 0, 0, 0, 0, 0, 0, 5]);
    let mut unknown_version = row((5, None), b"").to_vec();
    unknown_version[0] = 0x20;
    let out_of_range = |from: usize, to: usize, byte: u8| {
        let mut row = created.to_vec();
        row[from..to].fill(byte);
        Bytes::from(row)
    };
    vec![
        Bytes::new(),
        Bytes::from_static(b"\x01"),
        plain.slice(..10),
        created.slice(..17),
        Bytes::from(unknown_version),
        Bytes::from(long),
        Bytes::from_static(b"written by someone else"),
        out_of_range(4, 13, 0xff),
        out_of_range(4, 13, 0),
        out_of_range(11, 20, 0xff),
        out_of_range(11, 20, 0),
    ]
}

pub(super) async fn a_damaged_row_never_blocks_a_write(open: Open<'_>) {
    let store = open();
    for (index, damaged) in damaged().into_iter().enumerate() {
        let a = address("p", &index.to_string());
        store.write(&[write(&a, "v", &damaged)]).await.unwrap();
        assert_eq!(read_one(&*store, &a, "v").await, Some(damaged));
        let oldest = row((times()[0], None), b"");
        let written = store.write(&[write(&a, "v", &oldest)]).await.unwrap();
        assert_eq!(written, [Written::Stored], "{index}");
        assert_eq!(read_one(&*store, &a, "v").await, Some(oldest));
    }
}

pub(super) async fn a_damaged_row_never_replaces_a_good_one(open: Open<'_>) {
    let store = open();
    let a = address("p", "a");
    let good = row((times()[0], None), b"");
    store.write(&[write(&a, "v", &good)]).await.unwrap();
    for damaged in damaged() {
        let written = store.write(&[write(&a, "v", &damaged)]).await.unwrap();
        assert_eq!(written, [Written::Older], "{damaged:?}");
    }
    assert_eq!(read_one(&*store, &a, "v").await, Some(good));
}

pub(super) async fn any_history_ends_as_in_a_plain_map(open: Open<'_>) {
    let store = open();
    let mut numbers = Numbers::seeded(0x5eed);
    let addresses: Vec<_> = (0..5).map(|key| address("p", &key.to_string())).collect();
    let fields = ["v0", "v1", "v2"];
    let mut model: HashMap<(usize, &str), Bytes> = HashMap::new();
    for round in 0..60 {
        let (mut rows, mut expected) = (Vec::new(), Vec::new());
        for number in 0..numbers.below(2500) {
            let key = usize::try_from(numbers.below(5)).unwrap();
            let field = fields[usize::try_from(numbers.below(3)).unwrap()];
            let time = i64::try_from(numbers.below(40)).unwrap() * 100_000_000_000;
            let created = i64::try_from(numbers.below(4)).unwrap();
            let new = row(
                (time, (created > 0).then_some(created)),
                format!("{round}.{number}").as_bytes(),
            );
            rows.push(write(&addresses[key], field, &new));
            let stored = model.get(&(key, field));
            if stored.is_some_and(|stored| stamp(&new) < stamp(stored)) {
                expected.push(Written::Older);
            } else {
                expected.push(Written::Stored);
                model.insert((key, field), new);
            }
        }
        assert_eq!(store.write(&rows).await.unwrap(), expected);
        if numbers.below(3) == 0 {
            model.clear();
            store.delete_project("p").await.unwrap();
        }
    }
    for ((key, field), row) in &model {
        assert_eq!(
            read_one(&*store, &addresses[*key], field).await.as_ref(),
            Some(row)
        );
    }
}
