//! Redis in trouble: out of memory, loading, paused, slow, killed under readers and writers. What
//! can't be done is an error in time, and no reader ever gets half of what was written.

use std::io::Read;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use featurestore::online::{
    EntityRead, OnlineError, OnlineStore, RedisStore, RowWrite, StoredLayout,
};
use featurestore_tests::{RedisServer, wait_until};

use super::rows::{address, read_one, row, stamp, write};

/// What an address ends in for a store that waits as long as any test.
const PATIENT: &str = "?command_timeout=60s";
/// What it ends in for one whose error comes while whatever delays the answer still does.
const HASTY: &str = "?command_timeout=300ms";

fn store(server: &RedisServer, parameters: &str) -> RedisStore {
    RedisStore::new(format!("{}{parameters}", server.url())).unwrap()
}

const FIELDS: [&str; 3] = ["u", "v", "w"];

/// Rows of one entity with one time, which are written in one step.
fn rows(key: &str, time: i64, size: usize) -> Vec<RowWrite> {
    let stored = row((time, None), &vec![b'x'; size]);
    FIELDS
        .iter()
        .map(|field| write(&address("p", key), field, &stored))
        .collect()
}

/// The time that all rows of an entity have, or none if it has no rows. An entity with some rows
/// of one time and some of another is what must never be seen.
async fn time_of(store: &RedisStore, key: &str) -> Result<Option<i64>, OnlineError> {
    let address = address("p", key);
    let read = EntityRead::new(&address, &FIELDS);
    let found = store.read(&[read]).await?.remove(0);
    let times: Vec<Option<i64>> = found
        .iter()
        .map(|row| row.as_ref().map(|row| stamp(row).0))
        .collect();
    assert!(times.iter().all(|time| *time == times[0]), "{times:?}");
    Ok(times[0])
}

#[tokio::test]
async fn a_server_without_memory_left_says_so_and_keeps_whole_rows() {
    let server = RedisServer::start().unwrap();
    let store = RedisStore::new(server.url()).unwrap();
    let keys: Vec<String> = (0..400).map(|key| key.to_string()).collect();
    let all =
        |time| -> Vec<RowWrite> { keys.iter().flat_map(|key| rows(key, time, 1000)).collect() };
    store.write(&all(1)).await.unwrap();
    server.run("CONFIG SET maxmemory 1mb").unwrap();
    let error = store.write(&all(2)).await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, OnlineError::Refused { .. }), "{text}");
    assert!(
        text.contains("OOM") && text.contains("raise its `maxmemory`"),
        "{text}"
    );
    let layout = StoredLayout::new("v", 1, "a i64\n");
    let error = store.keep_layout("p", &layout).await.unwrap_err();
    assert!(error.to_string().contains("OOM"), "{error}");
    for key in &keys {
        assert!(time_of(&store, key).await.unwrap().is_some());
    }
    // The way out.
    server.run("CONFIG SET maxmemory 0").unwrap();
    store.write(&all(2)).await.unwrap();
    for key in &keys {
        assert_eq!(time_of(&store, key).await.unwrap(), Some(2));
    }
}

/// A server that takes half a millisecond to load a key, and such a number of keys.
async fn slow_loader(keys: usize) -> RedisServer {
    let server = RedisServer::start_with(&[
        "--enable-debug-command",
        "yes",
        "--key-load-delay",
        "500",
        "--loading-process-events-interval-bytes",
        "1024",
    ])
    .unwrap();
    let all: Vec<RowWrite> = (0..keys)
        .flat_map(|key| rows(&key.to_string(), 1, 20))
        .collect();
    store(&server, PATIENT).write(&all).await.unwrap();
    server
}

/// Has the server load what it has, in a thread of its own.
fn reload(server: &RedisServer) -> std::thread::JoinHandle<()> {
    let mut connection = server.connect().unwrap();
    let loading = std::thread::spawn(move || {
        redis::cmd("DEBUG")
            .arg("RELOAD")
            .exec(&mut connection)
            .unwrap();
    });
    wait_until("it loads", || server.run("DBSIZE").is_err()).unwrap();
    loading
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_loading_is_waited_for() {
    let server = slow_loader(1000).await;
    let store = store(&server, PATIENT);
    let loading = reload(&server);
    // It loads, as `reload` saw, so this waits.
    assert_eq!(time_of(&store, "7").await.unwrap(), Some(1));
    store.write(&rows("7", 2, 20)).await.unwrap();
    loading.join().unwrap();
    assert_eq!(time_of(&store, "7").await.unwrap(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_loads_for_long_is_an_error_in_time_and_never_an_empty_store() {
    let server = slow_loader(6000).await;
    let store = store(&server, HASTY);
    let loading = reload(&server);
    let mut errors = 0;
    while !loading.is_finished() {
        match time_of(&store, "7").await {
            Ok(time) => assert_eq!(time, Some(1)),
            Err(error) => {
                let text = error.to_string();
                assert!(
                    text.contains("LOADING") && text.contains("try again"),
                    "{text}"
                );
                // It came before what it tells of was over.
                errors += usize::from(!loading.is_finished());
            }
        }
    }
    assert!(errors > 0, "no call came back before all was loaded");
    loading.join().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_is_waited_for_and_a_long_one_is_an_error_in_time() {
    let server = RedisServer::start().unwrap();
    let (patient, hasty) = (store(&server, PATIENT), store(&server, HASTY));
    patient.write(&rows("a", 1, 9)).await.unwrap();
    server.run("CLIENT PAUSE 600 WRITE").unwrap();
    patient.write(&rows("a", 2, 9)).await.unwrap();
    server.run("CLIENT PAUSE 600000 WRITE").unwrap();
    let error = hasty.write(&rows("a", 3, 9)).await.unwrap_err();
    assert!(matches!(error, OnlineError::Unreachable { .. }), "{error}");
    // Reads go on meanwhile.
    assert_eq!(time_of(&patient, "a").await.unwrap(), Some(2));
    server.run("CLIENT UNPAUSE").unwrap();
    patient.write(&rows("a", 4, 9)).await.unwrap();
    assert_eq!(time_of(&patient, "a").await.unwrap(), Some(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn timeouts_are_those_that_the_address_sets() {
    let server = RedisServer::start().unwrap();
    let url = format!("{}?command_timeout=300ms", server.url());
    let store = RedisStore::new(url).unwrap();
    store.ping().await.unwrap();
    server.signal("STOP").unwrap();
    // The error comes while the server is stopped.
    let text = store.ping().await.unwrap_err().to_string();
    assert!(text.contains("no answer within 0.3 s"), "{text}");
    server.signal("CONT").unwrap();

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = format!("redis://127.0.0.1:{port}?connect_timeout=200ms&command_timeout=5s");
    let store = RedisStore::new(url).unwrap();
    let text = store.ping().await.unwrap_err().to_string();
    assert!(text.contains("connecting took longer than 0.2 s"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_up_is_not_called_without_a_pause() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            counted.fetch_add(1, Ordering::Relaxed);
            let _ = stream.unwrap().read(&mut [0; 64]);
        }
    });
    let store = Arc::new(RedisStore::new(format!("redis://127.0.0.1:{port}")).unwrap());
    let begun = Instant::now();
    let callers = (0..10).map(|_| {
        let (store, calls) = (Arc::clone(&store), Arc::clone(&calls));
        tokio::spawn(async move {
            while calls.load(Ordering::Relaxed) < 6 {
                store.ping().await.unwrap_err();
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    // Between one call and the next there is twice the pause as before, from 10 ms on.
    let pauses = Duration::from_millis(10 + 20 + 40 + 80 + 160);
    let took = begun.elapsed();
    assert!(took >= pauses, "six connections in {took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_under_readers_and_writers_loses_and_halves_nothing() {
    const KEYS: usize = 20;
    let mut server =
        RedisServer::start_with(&["--appendonly", "yes", "--appendfsync", "always"]).unwrap();
    let going = Arc::new(AtomicBool::new(true));
    // By key, the time that the store said it has.
    let stored: Arc<Vec<AtomicI64>> = Arc::new((0..KEYS).map(|_| AtomicI64::new(0)).collect());
    let done: Arc<[AtomicUsize; 4]> = Arc::default();
    let mut tasks = Vec::new();
    for task in 0..4 {
        let store = RedisStore::new(server.url()).unwrap();
        let (going, stored) = (Arc::clone(&going), Arc::clone(&stored));
        let done = Arc::clone(&done);
        tasks.push(tokio::spawn(async move {
            while going.load(Ordering::Relaxed) {
                let outcome = if task < 2 {
                    // Each writer has its own keys, and writes them all in one call.
                    let own = (0..KEYS).filter(|key| key % 2 == task);
                    let own: Vec<(usize, i64)> = own
                        .map(|key| (key, stored[key].load(Ordering::Relaxed) + 1))
                        .collect();
                    let rows: Vec<RowWrite> = own
                        .iter()
                        .flat_map(|(key, time)| rows(&key.to_string(), *time, 50))
                        .collect();
                    let written = store.write(&rows).await;
                    if written.is_ok() {
                        for (key, time) in own {
                            stored[key].store(time, Ordering::Relaxed);
                        }
                    }
                    written.map(drop)
                } else {
                    let key = done[task].load(Ordering::Relaxed) % KEYS;
                    let least = stored[key].load(Ordering::Relaxed);
                    let time = time_of(&store, &key.to_string()).await;
                    time.map(|time| assert!(time.unwrap_or(0) >= least, "{time:?} after {least}"))
                };
                match outcome {
                    Ok(()) => drop(done[task].fetch_add(1, Ordering::Relaxed)),
                    // A server that was just started says that it loads, for longer than a call.
                    Err(OnlineError::Unreachable { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }));
    }
    // Each of them is done with further calls.
    let go_on = |calls: usize| {
        let so_far: Vec<usize> = done
            .iter()
            .map(|done| done.load(Ordering::Relaxed))
            .collect();
        let tasks = || tasks.iter().zip(&*done).zip(&so_far);
        let goes_on = || {
            tasks().all(|((task, done), so_far)| {
                assert!(!task.is_finished(), "a task failed");
                done.load(Ordering::Relaxed) >= so_far + calls
            })
        };
        wait_until("all go on", goes_on).unwrap();
    };
    for _ in 0..5 {
        go_on(20);
        server.kill().unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        server.restart().unwrap();
    }
    go_on(20);
    going.store(false, Ordering::Relaxed);
    for task in tasks {
        task.await.unwrap();
    }
    let store = RedisStore::new(server.url()).unwrap();
    for (key, time) in stored.iter().enumerate() {
        let found = time_of(&store, &key.to_string()).await.unwrap();
        assert!(found.unwrap_or(0) >= time.load(Ordering::Relaxed));
    }
    assert_eq!(read_one(&store, &address("p", "none"), "v").await, None);
}

#[tokio::test]
async fn a_node_of_a_cluster_is_not_taken_for_a_server_alone() {
    let cluster = featurestore_tests::RedisCluster::start().unwrap();
    let store = RedisStore::new(cluster.masters()[0].url()).unwrap();
    let mut refused = 0;
    for key in 0..9 {
        if let Err(error) = store.write(&rows(&key.to_string(), 1, 1)).await {
            let text = error.to_string();
            assert!(text.contains("write redis+cluster://HOST:PORT"), "{text}");
            refused += 1;
        }
    }
    assert!(refused > 0);
    let server = RedisServer::start().unwrap();
    let url = format!("redis+cluster://127.0.0.1:{}", server.port());
    let error = RedisStore::new(url).unwrap().ping().await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("cluster support disabled"), "{text}");
}
