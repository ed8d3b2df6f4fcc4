//! One server with a replica.

use std::time::{Duration, Instant};

use featurestore::online::{OnlineError, OnlineStore, RedisStore};
use featurestore_tests::RedisServer;
use featurestore_tests::redis_server::wait_until;

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

/// Whether the server has read rows since the last look.
fn was_read(server: &RedisServer) -> bool {
    let statistics = server.text("INFO commandstats").unwrap();
    server.run("CONFIG RESETSTAT").unwrap();
    statistics.contains("cmdstat_hmget")
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_are_read_from_only_where_the_address_lets_them() {
    let (mut master, mut replica) = servers();
    let (a, stored) = (address("p", "a"), row((1, None), b"x"));
    let plain = RedisStore::new(master.url()).unwrap();
    let store = RedisStore::new(format!("{}?replicas=true", master.url())).unwrap();
    store.write(&[write(&a, "v", &stored)]).await.unwrap();
    wait_for_key(&replica);
    was_read(&master);
    assert_eq!(read_one(&store, &a, "v").await.as_ref(), Some(&stored));
    assert!(!was_read(&master) && was_read(&replica));
    assert_eq!(read_one(&plain, &a, "v").await.as_ref(), Some(&stored));
    assert!(was_read(&master) && !was_read(&replica));
    // The replica hangs, and then is down: the master answers.
    replica.signal("STOP").unwrap();
    assert_eq!(read_one(&store, &a, "v").await.as_ref(), Some(&stored));
    // The next read does not wait for it once more.
    let start = Instant::now();
    assert_eq!(read_one(&store, &a, "v").await.as_ref(), Some(&stored));
    assert!(start.elapsed() < Duration::from_millis(400));
    replica.signal("CONT").unwrap();
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
    let mut last = None;
    for _ in 0..100 {
        last = store.read(&[read]).await.err();
        if last.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let text = last.unwrap().to_string();
    assert!(text.contains("MASTERDOWN"), "{text}");
}
