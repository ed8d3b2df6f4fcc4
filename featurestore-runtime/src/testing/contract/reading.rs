//! Reading back what was written.

use crate::online::{EntityRead, Written};
use bytes::Bytes;

use super::Open;
use crate::testing::rows::{address, read_one, row, write};

pub(super) async fn nothing_asked_for_is_nothing_found(open: Open<'_>) {
    let store = open();
    store.ping().await.unwrap();
    assert_eq!(store.read(&[]).await.unwrap(), Vec::<Vec<_>>::new());
    assert_eq!(store.write(&[]).await.unwrap(), []);
    let (a, b) = (address("p", "a"), address("p", "b"));
    let stored = row((1, None), b"x");
    store.write(&[write(&b, "v", &stored)]).await.unwrap();
    let none = EntityRead::new(&a, &[]);
    let one = EntityRead::new(&b, &["v"]);
    assert_eq!(store.read(&[none]).await.unwrap(), [vec![]]);
    assert_eq!(
        store.read(&[none, one, none]).await.unwrap(),
        [vec![], vec![Some(stored)], vec![]]
    );
    assert_eq!(store.read(&[none, none]).await.unwrap(), [vec![], vec![]]);
}

pub(super) async fn rows_come_back_in_the_order_asked_for(open: Open<'_>) {
    let store = open();
    let addresses = ["a", "b", "c"].map(|key| address("p", key));
    let fields = ["v1", "v2", "v3"];
    let value =
        |entity: usize, field: usize| row((1, None), format!("{entity}.{field}").as_bytes());
    let mut rows = Vec::new();
    for (entity, address) in addresses.iter().enumerate() {
        for (index, field) in fields.iter().enumerate() {
            rows.push(write(address, field, &value(entity, index)));
        }
    }
    assert_eq!(store.write(&rows).await.unwrap(), [Written::Stored; 9]);
    let found = store
        .read(&[
            EntityRead::new(&addresses[2], &["v3", "v1"]),
            EntityRead::new(&addresses[0], &["v2"]),
            EntityRead::new(&addresses[2], &["v2", "v2"]),
        ])
        .await
        .unwrap();
    let expected = [
        vec![Some(value(2, 2)), Some(value(2, 0))],
        vec![Some(value(0, 1))],
        vec![Some(value(2, 1)), Some(value(2, 1))],
    ];
    assert_eq!(found, expected);
}

pub(super) async fn what_is_not_there_is_none(open: Open<'_>) {
    let store = open();
    let (a, b) = (address("p", "a"), address("p", "b"));
    assert_eq!(read_one(&*store, &a, "v").await, None);
    let stored = row((1, None), b"");
    store.write(&[write(&a, "v", &stored)]).await.unwrap();
    let read = EntityRead::new;
    let found = store
        .read(&[read(&b, &["v"]), read(&a, &["other", "v", "v2"])])
        .await
        .unwrap();
    assert_eq!(found, [vec![None], vec![None, Some(stored), None]]);
}

pub(super) async fn keys_and_rows_hold_any_bytes(open: Open<'_>) {
    let store = open();
    let mut keys = vec![
        String::new(),
        " ".to_owned(),
        "*?[a]\\".to_owned(),
        "a:b".to_owned(),
        "a%3Ab".to_owned(),
        "a,b".to_owned(),
        "{a}".to_owned(),
        "\r\n$3\r\n".to_owned(),
        "\"'`;--".to_owned(),
        "Zoë 日本 \u{10ffff}".to_owned(),
        "x".repeat(5000),
    ];
    keys.extend((0..=127u8).map(|byte| format!("k{}", char::from(byte))));
    let value: Vec<u8> = (0..=255).collect();
    let value = |index: usize| row((1, None), &[&value[..], &index.to_le_bytes()].concat());
    let addresses: Vec<_> = keys.iter().map(|key| address("p %:{}\n", key)).collect();
    let rows: Vec<_> = addresses
        .iter()
        .enumerate()
        .map(|(index, address)| write(address, "view@2", &value(index)))
        .collect();
    store.write(&rows).await.unwrap();
    for (index, address) in addresses.iter().enumerate() {
        assert_eq!(
            read_one(&*store, address, "view@2").await,
            Some(value(index)),
            "{address}"
        );
    }
}

pub(super) async fn thousands_of_entities_take_one_call(open: Open<'_>) {
    let store = open();
    let addresses: Vec<_> = (0..5000)
        .map(|index| address("p", &format!("user-{index}")))
        .collect();
    let value = |index: usize, field: usize| row((1, None), format!("{index}/{field}").as_bytes());
    let mut rows = Vec::new();
    for (index, address) in addresses.iter().enumerate() {
        rows.push(write(address, "v0", &value(index, 0)));
        if index % 3 == 0 {
            rows.push(write(address, "v1", &value(index, 1)));
        }
    }
    assert_eq!(
        store.write(&rows).await.unwrap(),
        vec![Written::Stored; rows.len()]
    );
    let reads: Vec<_> = addresses
        .iter()
        .rev()
        .map(|address| EntityRead::new(address, &["v0", "v1"]))
        .collect();
    let found = store.read(&reads).await.unwrap();
    assert_eq!(found.len(), 5000);
    for (index, found) in found.iter().rev().enumerate() {
        let second = (index % 3 == 0).then(|| value(index, 1));
        assert_eq!(*found, [Some(value(index, 0)), second], "{index}");
    }
}

pub(super) async fn rows_larger_than_a_batch_are_written(open: Open<'_>) {
    let store = open();
    let a = address("p", "a");
    let large: Vec<Bytes> = (0..4)
        .map(|index| row((1, None), &vec![index; 700_000]))
        .collect();
    let fields = ["v0", "v1", "v2", "v3"];
    let rows: Vec<_> = fields
        .iter()
        .zip(&large)
        .map(|(field, row)| write(&a, field, row))
        .collect();
    assert_eq!(store.write(&rows).await.unwrap(), [Written::Stored; 4]);
    for (field, row) in fields.iter().zip(&large) {
        assert_eq!(read_one(&*store, &a, field).await.as_ref(), Some(row));
    }
}
