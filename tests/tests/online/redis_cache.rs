//! Rows kept in the process: read without the server, and never older than what was seen before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use featurestore::online::{EntityRead, OnlineStore, RedisStore};
use featurestore_tests::{PATIENCE, RedisCluster, RedisServer};

use super::rows::{address, read_one, row, stamp, write};
use featurestore::testing::{Numbers, seed};

/// How many entities the server was asked for rows of since the last look.
fn asked(server: &RedisServer) -> usize {
    let statistics = server.text("INFO commandstats").unwrap();
    server.run("CONFIG RESETSTAT").unwrap();
    let line = statistics
        .lines()
        .find_map(|line| line.strip_prefix("cmdstat_hmget:calls="));
    line.map_or(0, |line| line.split(',').next().unwrap().parse().unwrap())
}

fn cached(server: &RedisServer, size: usize) -> RedisStore {
    RedisStore::new(format!("{}?cache={size}", server.url())).unwrap()
}

/// Reads until a row is there, which the server tells the cache of.
async fn wait_for(store: &RedisStore, key: &str, time: Option<i64>) {
    let begun = Instant::now();
    loop {
        let row = read_one(store, &address("p", key), "v").await;
        if row.as_ref().map(|row| stamp(row).0) == time {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{row:?} is not of {time:?}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_is_not_asked_for_again_until_it_changes() {
    let server = RedisServer::start().unwrap();
    let (store, other) = (cached(&server, 100), RedisStore::new(server.url()).unwrap());
    let (a, b) = (address("p", "a"), address("p", "b"));
    let one = row((1, None), b"x");
    other.write(&[write(&a, "v", &one)]).await.unwrap();
    let read = EntityRead::new;
    let batch = [read(&a, &["v"]), read(&b, &["v"]), read(&a, &["v"])];
    asked(&server);
    // Also that there is nothing is kept.
    for _ in 0..5 {
        let found = store.read(&batch).await.unwrap();
        assert_eq!(
            found,
            [vec![Some(one.clone())], vec![None], vec![Some(one.clone())]]
        );
    }
    assert_eq!(asked(&server), 3);
    // Another field of the same entity is asked for, and the first one then is still known.
    store.read(&[read(&a, &["v", "w"])]).await.unwrap();
    store.read(&[read(&a, &["w", "v"])]).await.unwrap();
    assert_eq!(asked(&server), 1);
    // Changes of others are heard of, one's own are known at once.
    for time in 2..50 {
        let row = row((time, None), b"x");
        other.write(&[write(&b, "v", &row)]).await.unwrap();
        wait_for(&store, "b", Some(time)).await;
        store.write(&[write(&a, "v", &row)]).await.unwrap();
        assert_eq!(read_one(&store, &a, "v").await, Some(row));
    }
    other.delete_project("p").await.unwrap();
    wait_for(&store, "a", None).await;
    other.write(&[write(&a, "v", &one)]).await.unwrap();
    wait_for(&store, "a", Some(1)).await;
    server.run("FLUSHALL").unwrap();
    wait_for(&store, "a", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_keeps_as_many_entities_as_the_address_says() {
    let server = RedisServer::start().unwrap();
    for size in [7, 1600] {
        let store = cached(&server, size);
        let addresses: Vec<_> = (0..3 * size)
            .map(|key| address("p", &key.to_string()))
            .collect();
        let reads: Vec<_> = addresses
            .iter()
            .map(|address| EntityRead::new(address, &["v"]))
            .collect();
        store.read(&reads).await.unwrap();
        asked(&server);
        let mut kept = 0;
        // From the last read one backwards, so that none pushes out one that is still to come.
        for read in reads.iter().rev() {
            store.read(&[*read]).await.unwrap();
            if asked(&server) == 0 {
                kept += 1;
            } else if size == 7 {
                break;
            }
            if kept > size {
                break;
            }
        }
        assert!(kept <= size && kept * 2 > size, "{kept} of {size}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_empties_the_cache() {
    let mut server = RedisServer::start().unwrap();
    let store = cached(&server, 100);
    let (a, stored) = (address("p", "a"), row((1, None), b"x"));
    for _ in 0..3 {
        store.write(&[write(&a, "v", &stored)]).await.unwrap();
        assert_eq!(read_one(&store, &a, "v").await.as_ref(), Some(&stored));
        server.kill().unwrap();
        server.restart().unwrap();
        wait_for(&store, "a", None).await;
    }
}

/// Writers and readers with caches, some with both, until each time was written. `held` says what
/// is written by now, which no reader may fall far behind.
async fn stress(url: &str) {
    const KEYS: usize = 8;
    let url = format!("{url}?cache=100");
    let going = Arc::new(AtomicBool::new(true));
    let held: Arc<Vec<AtomicI64>> = Arc::new((0..KEYS).map(|_| AtomicI64::new(0)).collect());
    let mut readers = Vec::new();
    for _ in 0..3 {
        let (store, going) = (RedisStore::new(&url).unwrap(), Arc::clone(&going));
        let store = Arc::new(store);
        // Two tasks with one cache.
        for _ in 0..2 {
            let (store, going) = (Arc::clone(&store), Arc::clone(&going));
            readers.push(tokio::spawn(async move {
                let mut seen = [None; KEYS];
                let mut times = 0;
                while going.load(Ordering::Relaxed) {
                    for (key, seen) in seen.iter_mut().enumerate() {
                        let address = address("p", &key.to_string());
                        let row = read_one(&*store, &address, "v").await;
                        let now = row.as_ref().map(|row| stamp(row).0);
                        assert!(now >= *seen, "{now:?} after {seen:?}");
                        *seen = now;
                        times += 1;
                    }
                    tokio::task::yield_now().await;
                }
                times
            }));
        }
    }
    let seed = seed(8);
    let mut writers = Vec::new();
    for writer in 0..8 {
        let (store, held) = (RedisStore::new(&url).unwrap(), Arc::clone(&held));
        writers.push(tokio::spawn(async move {
            let mut history: Vec<i64> = (1..=150).collect();
            Numbers::part(seed, writer).shuffle(&mut history);
            for time in history {
                let key = usize::try_from(time % 8).unwrap();
                let address = address("p", &key.to_string());
                let row = row((time, None), &writer.to_le_bytes());
                store.write(&[write(&address, "v", &row)]).await.unwrap();
                held[key].fetch_max(time, Ordering::Relaxed);
                // What a store wrote, it reads.
                let found = read_one(&store, &address, "v").await.unwrap();
                assert!(stamp(&found).0 >= time);
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    going.store(false, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.await.unwrap() > 100);
    }
    // The last change of each key is heard of by a cache that has an older row.
    let store = RedisStore::new(&url).unwrap();
    for (key, time) in held.iter().enumerate() {
        let time = time.load(Ordering::Relaxed);
        wait_for(&store, &key.to_string(), Some(time)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_reader_with_a_cache_sees_time_go_back_on_one_server() {
    let server = RedisServer::start().unwrap();
    stress(&server.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_reader_with_a_cache_sees_time_go_back_on_a_cluster() {
    let cluster = RedisCluster::start().unwrap();
    stress(&cluster.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_changes_while_it_is_read_is_not_kept() {
    let server = RedisServer::start().unwrap();
    let (reader, writer) = (
        Arc::new(cached(&server, 100)),
        RedisStore::new(server.url()).unwrap(),
    );
    for time in 1..400 {
        let row = row((time, None), b"x");
        // Many reads are under way when the row changes; none of them may leave the old one.
        let reads = (0..4).map(|_| {
            let reader = Arc::clone(&reader);
            tokio::spawn(async move { read_one(&*reader, &address("p", "a"), "v").await })
        });
        let reads: Vec<_> = reads.collect();
        writer
            .write(&[write(&address("p", "a"), "v", &row)])
            .await
            .unwrap();
        for read in reads {
            read.await.unwrap();
        }
        wait_for(&reader, "a", Some(time)).await;
    }
}
