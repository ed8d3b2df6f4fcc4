//! A master that sentinels name, and the replica that takes over from it.

use std::process::Command;
use std::time::{Duration, Instant};

use featurestore::online::{OnlineError, OnlineStore, RedisStore};
use featurestore_tests::redis_server::free_port;
use featurestore_tests::{PATIENCE, RedisSentinels, RedisServer};

use super::rows::{address, read_one, row, write};

#[tokio::test(flavor = "multi_thread")]
async fn the_master_that_sentinels_name_is_used_and_followed_when_it_changes() {
    let mut sentinels = RedisSentinels::start().unwrap();
    let store = RedisStore::new(sentinels.url()).unwrap();
    let a = address("p", "a");
    let stored = |time| row((time, None), b"x");
    store.write(&[write(&a, "v", &stored(1))]).await.unwrap();
    assert_eq!(read_one(&store, &a, "v").await, Some(stored(1)));
    sentinels.fail_over().unwrap();
    // The old master is up and takes rows, until a sentinel tells it; the store is told at once.
    let (begun, mut time) = (Instant::now(), 2);
    let has_it = |time| {
        let mut own = sentinels.replica().connect().unwrap();
        let row: Option<Vec<u8>> = redis::cmd("HGET")
            .arg(a.as_bytes())
            .arg("v")
            .query(&mut own)
            .unwrap();
        row.as_deref() == Some(&stored(time)[..])
    };
    loop {
        store.write(&[write(&a, "v", &stored(time))]).await.unwrap();
        if has_it(time) {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "all rows go to the old master");
        time += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let old = sentinels.servers()[0].text("INFO replication").unwrap();
    assert!(old.contains("role:master"), "the old master was told first");
    // From here on nothing goes back.
    for _ in 0..100 {
        time += 1;
        store.write(&[write(&a, "v", &stored(time))]).await.unwrap();
        assert_eq!(read_one(&store, &a, "v").await, Some(stored(time)));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let other = RedisStore::new(sentinels.url()).unwrap();
    assert_eq!(read_one(&other, &a, "v").await, Some(stored(time)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_takes_over_from_a_master_that_is_killed() {
    let mut sentinels = RedisSentinels::start().unwrap();
    let store = RedisStore::new(sentinels.url()).unwrap();
    let (a, stored) = (address("p", "a"), row((1, None), b"x"));
    store.write(&[write(&a, "v", &stored)]).await.unwrap();
    sentinels.servers()[0].kill().unwrap();
    let begun = Instant::now();
    while let Err(error) = store.write(&[write(&a, "v", &stored)]).await {
        assert!(matches!(error, OnlineError::Unreachable { .. }), "{error}");
        assert!(begun.elapsed() < PATIENCE, "{error}");
    }
    sentinels.wait_for_replica().unwrap();
    assert_eq!(read_one(&store, &a, "v").await, Some(stored));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sentinel_that_hangs_or_is_down_is_not_waited_for() {
    let sentinels = RedisSentinels::start().unwrap();
    let signal = |signal: &str| {
        let id = sentinels.sentinel_id(0).to_string();
        let status = Command::new("kill").args([signal, &id]).status();
        assert!(status.unwrap().success());
    };
    signal("-STOP");
    for url in [
        sentinels.url(),
        sentinels
            .url()
            .replace("://", &format!("://127.0.0.1:{},", free_port().unwrap())),
    ] {
        // Waiting for it would take longer than any test.
        let times = ["connect_timeout=3600s", "command_timeout=3600s"].join("&");
        let store = RedisStore::new(format!("{url}?{times}")).unwrap();
        tokio::time::timeout(PATIENCE, store.ping())
            .await
            .unwrap()
            .unwrap();
    }
    signal("-CONT");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sentinels_do_not_know_and_who_is_none_are_named() {
    let sentinels = RedisSentinels::start().unwrap();
    let url = sentinels.url().replace("/features", "/featurs");
    let error = RedisStore::new(url).unwrap().ping().await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("knows no master `featurs`; it watches features"),
        "{text}"
    );
    let server = RedisServer::start().unwrap();
    let url = format!("redis+sentinel://127.0.0.1:{}/m", server.port());
    let error = RedisStore::new(url).unwrap().ping().await.unwrap_err();
    let text = error.to_string();
    let name = format!("the sentinel 127.0.0.1:{}", server.port());
    assert!(text.contains(&name) && text.contains("SENTINEL"), "{text}");
    let port = free_port().unwrap();
    let url = format!("redis+sentinel://127.0.0.1:{port}/m");
    let error = RedisStore::new(url).unwrap().ping().await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, OnlineError::Unreachable { .. }), "{text}");
    assert!(
        text.contains(&format!("the sentinel 127.0.0.1:{port}")),
        "{text}"
    );
}
