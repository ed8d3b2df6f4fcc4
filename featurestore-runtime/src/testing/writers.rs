//! Writers that all write the same rows, each in an order of its own, and readers beside them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::numbers::Numbers;
use super::rows::{Stamp, address, read_one, row, stamp, write};
use crate::online::{EntityRead, OnlineStore};

const KEYS: usize = 4;

/// What each of the writers writes, in an order of its own.
fn history() -> Vec<(usize, Stamp)> {
    (0..KEYS)
        .flat_map(|key| {
            (0..150).map(move |step| {
                let created = (step % 3 > 0).then_some(i64::from(step % 3));
                (key, (i64::from(step / 3) * 1_000_000, created))
            })
        })
        .collect()
}

/// Writes the history in an order that only this writer has by the seed, a few rows at a time.
pub async fn write_shuffled(store: &dyn OnlineStore, seed: u64, writer: u64) {
    let mut history = history();
    let mut numbers = Numbers::part(seed, writer);
    numbers.shuffle(&mut history);
    let mut rest = &history[..];
    while !rest.is_empty() {
        let length = usize::try_from(numbers.below(9)).unwrap() + 1;
        let (batch, after) = rest.split_at(length.min(rest.len()));
        let rows: Vec<_> = batch
            .iter()
            .map(|(key, stamp)| {
                let address = address("p", &key.to_string());
                write(&address, "v", &row(*stamp, &writer.to_le_bytes()))
            })
            .collect();
        store.write(&rows).await.unwrap();
        rest = after;
    }
}

/// Each key has the newest row of the history.
pub async fn assert_newest(store: &dyn OnlineStore) {
    for key in 0..KEYS {
        let address = address("p", &key.to_string());
        let row = read_one(store, &address, "v").await.unwrap();
        let newest = history().iter().map(|(_, stamp)| *stamp).max();
        assert_eq!(Some(stamp(&row)), newest);
    }
}

/// Reads all keys until the writers are done; gives how often.
pub async fn watch(store: Arc<dyn OnlineStore>, writing: Arc<AtomicBool>) -> u64 {
    let addresses: Vec<_> = (0..KEYS)
        .map(|key| address("p", &key.to_string()))
        .collect();
    let reads: Vec<_> = addresses
        .iter()
        .map(|address| EntityRead::new(address, &["v"]))
        .collect();
    let mut seen: Vec<Option<Stamp>> = vec![None; KEYS];
    let mut times = 0;
    while writing.load(Ordering::Relaxed) {
        let found = store.read(&reads).await.unwrap();
        for (seen, found) in seen.iter_mut().zip(found) {
            let now = found[0].as_ref().map(stamp);
            assert!(now >= *seen, "{now:?} after {seen:?}");
            *seen = now;
        }
        times += 1;
        tokio::task::yield_now().await;
    }
    times
}
