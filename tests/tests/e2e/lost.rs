//! Rows that are lost while a materialization writes them: it says so, and the next one writes all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use featurestore::materialize::MaterializeReport;
use featurestore::prelude::*;
use watch_next::{UserId, WatchActivity};

use crate::support::{Online, run, run_json, sql};

/// More than a few chunks of rows.
const USERS: usize = 30_000;

on_both_stores! {
    a_project_that_is_deleted_while_a_run_writes_is_not_materialized,
}

async fn store(online: &Online) -> FeatureStore {
    let directory = online.directory();
    std::fs::create_dir_all(directory.join("data")).unwrap();
    sql(&format!(
        "COPY (SELECT 'u' || i AS user_id, TIMESTAMP '2026-05-06' AS event_timestamp, i AS watch_count_30d \
         FROM range({USERS}) AS users(i)) TO '{}' (FORMAT parquet)",
        directory.join("data/watch_count_30d.parquet").display()
    ));
    let builder = watch_next::store().registry(registry![WatchActivity]);
    let builder = builder.online(online.url()).data_root(directory);
    builder.open().await.unwrap()
}

/// A run in whose middle something is done.
async fn disturbed(
    store: &FeatureStore,
    disturb: impl Fn() + Send + Sync + 'static,
) -> MaterializeReport {
    let done = Arc::new(AtomicBool::new(false));
    let run = store.materialize().on_progress(move |progress| {
        if progress.rows().is_some_and(|rows| rows > 0) && !done.swap(true, Ordering::SeqCst) {
            disturb();
        }
    });
    run.run().await.unwrap()
}

/// How many of the users have a row.
async fn found(store: &FeatureStore) -> usize {
    let keys: Vec<UserId> = (0..USERS)
        .map(|user| UserId::from(format!("u{user}")))
        .collect();
    let rows = store.get_many::<WatchActivity>(&keys).await.unwrap();
    let rows = rows.into_iter().map(|row| row.unwrap().found());
    rows.flatten().count()
}

fn refusal(report: &MaterializeReport) -> String {
    let view = &report.views()[0];
    assert_eq!(view.watermark(), None);
    view.error().unwrap().to_string()
}

async fn a_project_that_is_deleted_while_a_run_writes_is_not_materialized(online: &Online) {
    let store = store(online).await;
    let own = store.clone();
    let report = disturbed(&store, move || {
        let delete = || tokio::runtime::Handle::current().block_on(own.online_delete_project());
        tokio::task::block_in_place(delete).unwrap();
    })
    .await;
    let message = refusal(&report);
    assert!(message.contains("has lost the mark"), "{message}");
    let report = store.materialize().incremental().run().await.unwrap();
    assert!(report.is_ok(), "{report:?}");
    assert_eq!(found(&store).await, USERS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_flushed_while_a_run_writes_has_no_watermark() {
    let online = Online::redis();
    let store = store(&online).await;
    let url = online.url().to_owned();
    let report = disturbed(&store, move || {
        let client = redis::Client::open(url.as_str()).unwrap();
        let mut connection = client.get_connection().unwrap();
        redis::cmd("FLUSHALL").exec(&mut connection).unwrap();
    })
    .await;
    let message = refusal(&report);
    assert!(message.contains("has lost the mark"), "{message}");
    assert!(message.contains("maxmemory-policy noeviction"), "{message}");
    let fresh = store.freshness(WatchActivity::definition()).await.unwrap();
    assert_eq!(fresh.as_of(), None);
    assert!(
        store
            .materialize()
            .incremental()
            .run()
            .await
            .unwrap()
            .is_ok()
    );
    assert_eq!(found(&store).await, USERS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_may_evict_rows_is_warned_of_and_refused_by_a_strict_run() {
    let online = Online::redis();
    let store = store(&online).await;
    let server = online.server.as_ref().unwrap();
    let materialize = |more: &[&'static str]| {
        let root = online.directory().to_str().unwrap();
        let to = [
            "materialize",
            "watch_activity",
            "--online",
            online.url(),
            "--data-root",
            root,
        ];
        [&to[..], more]
            .concat()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    server.run("CONFIG SET maxmemory 1gb").unwrap();
    for (policy, evicts) in [
        ("noeviction", false),
        ("volatile-lru", false),
        ("allkeys-lfu", true),
    ] {
        server
            .run(&format!("CONFIG SET maxmemory-policy {policy}"))
            .unwrap();
        let report = store.materialize().run().await.unwrap();
        assert_eq!(report.evicts().is_some(), evicts, "{policy}");
        let args = materialize(&[]);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let printed = run(&args);
        assert_eq!(printed.code, Some(0), "{}", printed.err);
        assert_eq!(
            printed.out.contains("may evict rows"),
            evicts,
            "{}",
            printed.out
        );
        let strict = materialize(&["--strict"]);
        let strict: Vec<&str> = strict.iter().map(String::as_str).collect();
        let ran = run(&strict);
        assert_eq!(ran.code == Some(0), !evicts, "{}{}", ran.out, ran.err);
        let refused = ran.err.contains("its maxmemory-policy is allkeys-lfu");
        assert_eq!(refused, evicts, "{}", ran.err);
    }
    let args = materialize(&[]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let printed = run_json(&args);
    assert_eq!(printed["evicts"], "its maxmemory-policy is allkeys-lfu");
}
