//! One server with a replica.

use std::time::{Duration, Instant};

use featurestore::online::{OnlineError, OnlineStore, RedisStore};
use featurestore_tests::{PATIENCE, RedisServer, wait_until};

use super::rows::{address, read_one, row, write};

/// A master and a replica that has all that it has.
fn servers() -> (RedisServer, RedisServer) {
    let master = RedisServer::start().unwrap();
    let port = master.port().to_string();
    let replica = RedisServer::start_with(&["--replicaof", "127.0.0.1", &port]).unwrap();
    wait_until("the replica is in step", || {
        let info = master.text("INFO replication").unwrap();
        info.contains("state=online")
    })
    .unwrap();
    (master, replica)
}

fn wait_for_key(replica: &RedisServer) {
    wait_until("the replica has the key", || {
        let keys = replica.run("DBSIZE").unwrap();
        redis::from_redis_value::<u64>(keys).unwrap() > 0
    })
    .unwrap();
}

/// How often the server has been read from since the last look.
fn reads(server: &RedisServer) -> u64 {
    let statistics = server.text("INFO commandstats").unwrap();
    server.run("CONFIG RESETSTAT").unwrap();
    let line = statistics
        .lines()
        .find_map(|line| line.strip_prefix("cmdstat_hmget:calls="));
    line.map_or(0, |line| line.split(',').next().unwrap().parse().unwrap())
}

/// How many connections the server has got since the last look at its reads, but for that of this one.
fn connections(server: &RedisServer) -> u64 {
    let statistics = server.text("INFO stats").unwrap();
    let mut lines = statistics.lines();
    let total = lines.find_map(|line| line.strip_prefix("total_connections_received:"));
    total.unwrap().parse::<u64>().unwrap() - 1
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_are_read_from_only_where_the_address_lets_them() {
    let (mut master, mut replica) = servers();
    let (a, stored) = (address("p", "a"), row((1, None), b"x"));
    let plain = RedisStore::new(master.url()).unwrap();
    let store = RedisStore::new(format!("{}?replicas=true", master.url())).unwrap();
    store.write(&[write(&a, "v", &stored)]).await.unwrap();
    wait_for_key(&replica);
    reads(&master);
    assert_eq!(read_one(&store, &a, "v").await.as_ref(), Some(&stored));
    assert_eq!((reads(&master), reads(&replica)), (0, 1));
    assert_eq!(read_one(&plain, &a, "v").await.as_ref(), Some(&stored));
    assert_eq!((reads(&master), reads(&replica)), (1, 0));
    // The replica hangs, and then is down: the master answers.
    replica.signal("STOP").unwrap();
    let begun = Instant::now();
    for _ in 0..5 {
        assert_eq!(read_one(&store, &a, "v").await.as_ref(), Some(&stored));
    }
    let took = begun.elapsed();
    replica.signal("CONT").unwrap();
    // Reads after the first one do not try to reach it once more, for the five seconds until the
    // master is asked again who its replicas are.
    let tried = connections(&replica);
    assert!(tried <= took.as_secs() / 5, "{tried} in {took:?}");
    replica.kill().unwrap();
    assert_eq!(read_one(&store, &a, "v").await.as_ref(), Some(&stored));
    // The master is down: what the replica has can still be read.
    replica.restart().unwrap();
    wait_for_key(&replica);
    let store = RedisStore::new(format!("{}?replicas=true", master.url())).unwrap();
    assert_eq!(read_one(&store, &a, "v").await.as_ref(), Some(&stored));
    master.kill().unwrap();
    for _ in 0..3 {
        assert_eq!(read_one(&store, &a, "v").await.as_ref(), Some(&stored));
    }
    let error = store.write(&[write(&a, "v", &stored)]).await.unwrap_err();
    assert!(matches!(error, OnlineError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_replica_takes_no_rows_and_says_why() {
    let (_master, replica) = servers();
    let store = RedisStore::new(replica.url()).unwrap();
    let (a, stored) = (address("p", "a"), row((1, None), b"x"));
    let error = store.write(&[write(&a, "v", &stored)]).await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, OnlineError::Refused { .. }), "{text}");
    assert!(
        text.contains("READONLY") && text.contains("name the master"),
        "{text}"
    );
    assert_eq!(read_one(&store, &a, "v").await, None);
}

#[tokio::test]
async fn a_replica_without_its_master_that_keeps_silent_about_old_rows_is_an_error() {
    let (mut master, replica) = servers();
    replica
        .run("CONFIG SET replica-serve-stale-data no")
        .unwrap();
    let store = RedisStore::new(replica.url()).unwrap();
    store.ping().await.unwrap();
    master.kill().unwrap();
    let a = address("p", "a");
    let read = featurestore::online::EntityRead::new(&a, &["v"]);
    let begun = Instant::now();
    let error = loop {
        if let Err(error) = store.read(&[read]).await {
            break error;
        }
        assert!(begun.elapsed() < PATIENCE, "it answers without its master");
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let text = error.to_string();
    assert!(text.contains("MASTERDOWN"), "{text}");
}
