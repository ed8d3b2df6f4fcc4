//! Redis that is down, or goes down in use: what each command says, what the service answers.

use std::io::Read;
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use featurestore::prelude::*;
use featurestore_tests::PATIENCE;
use featurestore_tests::redis_server::free_port;
use serde_json::{Value as Json, json};
use watch_next::{LastGenre, UserSegment, WatchActivity, WatchNext};

use crate::support::{Online, Ran, Served, features, run, sql};

/// How often a command calls a server that is not there: once for each of its three views, and to
/// see what the store has of them.
const MOST_CALLS: usize = 6;

#[test]
fn without_redis_every_command_that_needs_it_says_so() {
    let port = free_port().unwrap();
    let url = format!("redis://app:s3cret@127.0.0.1:{port}/2");
    let shown = format!("the online store at redis://app:***@127.0.0.1:{port}/2 does not answer: ");
    for args in [
        &["get", "watch_next", "-k", "8a2f"][..],
        &["get", "watch_next", "-k", "8a2f", "--json"],
        &["materialize"],
        &["materialize", "last_genre", "--json"],
    ] {
        let ran = run(&[args, &["--online", &url]].concat());
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{args:?}");
        // What several views failed of is said once.
        assert_eq!(ran.err.matches(&shown).count(), 1, "{}", ran.err);
        assert!(
            ran.err.contains("start it, or name another with --online"),
            "{}",
            ran.err
        );
        assert!(!ran.err.contains("s3cret"), "{}", ran.err);
    }
    for args in [&["list"][..], &["describe", "watch_next"], &["schema"]] {
        let ran = run(&[args, &["--online", &url]].concat());
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn a_redis_that_hangs_up_is_not_called_again_and_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = stream.unwrap().read(&mut [0; 64]);
        }
    });
    for args in [
        &["get", "watch_next", "-k", "8a2f"][..],
        &["materialize", "last_genre"],
        &["materialize"],
    ] {
        let before = calls.load(Ordering::SeqCst);
        let ran = run(&[args, &["--online", &url]].concat());
        assert_eq!(ran.code, Some(1), "{args:?}");
        let called = calls.load(Ordering::SeqCst) - before;
        assert!((1..=MOST_CALLS).contains(&called), "{args:?}: {called}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_whose_redis_goes_down_answers_503_and_recovers() {
    let mut online = Online::redis();
    let registry = registry![UserSegment, WatchActivity, LastGenre, WatchNext];
    let store = watch_next::store().registry(registry).online(online.url());
    let store = store.open().await.unwrap();
    store.materialize().run().await.unwrap();
    let served = Served::start(store.clone()).await;
    let request = json!({ "user_id": "8a2f", "service": "watch_next" });
    assert_eq!(
        served.ask(request.clone()).await["features"]["watch_count_30d"],
        47
    );
    let address = online.url().to_owned();
    let server = online.server.as_mut().unwrap();
    server.kill().unwrap();
    for _ in 0..3 {
        let (status, answer) = served.post(&request).await;
        let answer: Json = serde_json::from_str(&answer).unwrap();
        assert_eq!(
            (status, &answer["error"]["code"]),
            (503, &json!("online_store_unavailable"))
        );
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(
            !message.contains(&address) && message.contains("does not answer"),
            "{message}"
        );
    }
    server.restart().unwrap();
    assert_eq!(
        served.ask(request.clone()).await["features"]["watch_count_30d"],
        0
    );
    store.materialize().run().await.unwrap();
    assert_eq!(served.ask(request).await["features"]["watch_count_30d"], 47);
}

#[test]
fn redis_that_dies_under_a_materialization_fails_it_with_its_address() {
    let mut online = Online::redis();
    std::fs::create_dir(online.directory().join("data")).unwrap();
    sql(&format!(
        "COPY (SELECT 'u' || i AS user_id, TIMESTAMP '2026-05-07' AS event_timestamp, i AS watch_count_30d \
         FROM range(300000) AS t(i)) TO '{}' (FORMAT parquet)",
        online
            .directory()
            .join("data/watch_count_30d.parquet")
            .display()
    ));
    let root = online.directory().to_str().unwrap();
    let child = features(&[
        "materialize",
        "watch_activity",
        "--online",
        online.url(),
        "--data-root",
        root,
    ])
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    let url = online.url().to_owned();
    let mut client = redis::Client::open(url.clone())
        .unwrap()
        .get_connection()
        .unwrap();
    let begun = Instant::now();
    while redis::cmd("DBSIZE").query::<u64>(&mut client).unwrap() < 2_000 {
        assert!(begun.elapsed() < PATIENCE, "nothing was written");
    }
    online.server.as_mut().unwrap().kill().unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("watch_activity  failed"), "{}", ran.out);
    assert!(
        ran.err.starts_with("error: 1 of 1 views failed:\n")
            && ran
                .err
                .contains(&format!("the online store at {url} does not answer: ")),
        "{}",
        ran.err
    );
}
