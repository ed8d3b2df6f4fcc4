//! Many writers and readers at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;

use super::Open;
use crate::testing::seed;
use crate::testing::writers::{assert_newest, watch, write_shuffled};

const WRITERS: u64 = 8;

pub(super) async fn no_reader_sees_time_go_back_and_the_newest_row_stays(open: Open<'_>) {
    let writing = Arc::new(AtomicBool::new(true));
    let readers: Vec<_> = (0..3)
        .map(|_| tokio::spawn(watch(open(), Arc::clone(&writing))))
        .collect();
    let seed = seed(0x5eed);
    let writers = (0..WRITERS).map(|writer| {
        let store = open();
        tokio::spawn(async move { write_shuffled(&*store, seed, writer).await })
    });
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    writing.store(false, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.await.unwrap() > 0);
    }
    assert_newest(&*open()).await;
}
