//! Rows that no build wrote, among others in a batch.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use featurestore::online::{EntityRead, OnlineFuture, OnlineStore};
use featurestore::prelude::*;
use featurestore::testing::{Call, Intercept};

use super::Open;
use super::versions::{Profile, Served, address, assert_named, profile, store, write_bytes};

pub(crate) async fn a_damaged_row_fails_no_other_row_of_its_batch(open: Open<'_>) {
    let online = open();
    let store = store(open()).await;
    let keys: Vec<String> = (0..40).map(|key| key.to_string()).collect();
    let rows: Vec<_> = keys.iter().map(|key| profile(key)).collect();
    store.push(&rows).await.unwrap();
    let sound = {
        let (address, fields) = (address("0"), [Profile::definition().field()]);
        let read = [EntityRead::new(&address, &fields)];
        online.read(&read).await.unwrap()[0][0].clone().unwrap()
    };
    let altered = |place: usize, byte: u8| {
        let mut row = sound.to_vec();
        row[place] = byte;
        row
    };
    let damaged = [
        (
            "5",
            sound[..sound.len() - 1].to_vec(),
            "the row is damaged: a value is cut off; ",
        ),
        (
            "6",
            [&sound[..], b"x"].concat(),
            "the row is damaged: it has bytes to spare; ",
        ),
        ("17", altered(0, 0x50), "the row has format version 5, "),
        ("18", altered(1, sound[1] ^ 1), "the row has schema id "),
        ("19", Vec::new(), "the row is damaged: it has no bytes; "),
        (
            "39",
            sound[..9].to_vec(),
            "the row is damaged: its header is cut off; ",
        ),
    ];
    // What is damaged loses against a sound row: it has to stand there first.
    store.online().delete_project("p").await.unwrap();
    for (key, bytes, _) in &damaged {
        write_bytes(&*online, key, bytes.clone()).await;
    }
    let is_sound = |row: &&Profile| damaged.iter().all(|(key, ..)| row.user_id != **key);
    let sound: Vec<_> = rows.iter().filter(is_sound).cloned().collect();
    store.push(&sound).await.unwrap();

    let read = store.get_many::<Profile>(&keys).await.unwrap();
    let served = store.serve_many::<Served>(&keys).await.unwrap();
    for ((key, read), served) in keys.iter().zip(read).zip(served) {
        match damaged.iter().find(|(damaged, ..)| damaged == key) {
            Some((_, _, said)) => {
                assert_named(&read.unwrap_err(), key, said);
                let error = served.unwrap_err().to_string();
                assert!(
                    error.contains(&format!("p:user_id:{key}: {said}")),
                    "{error}"
                );
            }
            None => {
                assert_eq!(read.unwrap(), Lookup::Found(profile(key)));
                assert_eq!(served.unwrap().visits, 3);
            }
        }
    }
}

/// A store that counts how often it is asked for layouts.
#[derive(Debug)]
struct Counting(Arc<dyn OnlineStore>, AtomicUsize);

impl Intercept for Counting {
    fn store(&self) -> &dyn OnlineStore {
        &*self.0
    }

    fn before(&self, call: &Call<'_>) -> OnlineFuture<'static, ()> {
        if matches!(call, Call::Layouts) {
            self.1.fetch_add(1, Ordering::Relaxed);
        }
        Box::pin(async { Ok(()) })
    }
}

pub(crate) async fn rows_of_a_layout_that_nobody_kept_ask_for_it_once(open: Open<'_>) {
    let counting = Arc::new(Counting(open(), AtomicUsize::new(0)));
    let store = store(Arc::clone(&counting) as Arc<dyn OnlineStore>).await;
    let keys: Vec<String> = (0..100).map(|key| key.to_string()).collect();
    let mut row = vec![0x11, 2, 3, 4];
    row.extend([0x80, 0, 0, 0, 0, 0, 0, 0]);
    for key in &keys {
        write_bytes(&*counting.0, key, row.clone()).await;
    }
    for _ in 0..2 {
        let read = store.get_many::<Profile>(&keys).await.unwrap();
        assert!(read.iter().all(Result::is_err));
    }
    // A second time if a second passed since.
    let asked = counting.1.load(Ordering::Relaxed);
    assert!((1..=2).contains(&asked), "asked {asked} times");
}
