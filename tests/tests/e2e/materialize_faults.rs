//! What happens to a materialization: killed at any point, an online store that goes away or takes
//! nothing, another run beside it. Afterwards a run in peace makes the store equal to one that
//! nobody disturbed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;

use featurestore::prelude::*;
use featurestore_tests::held::Hold;
use featurestore_tests::redis_server::free_port;
use serde_json::Value as Json;
use watch_next::{LastGenre, UserId, UserSegment, WatchActivity, WatchNext};

use crate::held::{self, HeldRun};
use crate::support::{Online, Ran, features, run, sql, time};

const USERS: u64 = 9_000;
/// The time of the first rows, and of the second of every other user.
const TIMES: [&str; 2] = ["2026-05-06T00:00:00Z", "2026-05-07T00:00:00Z"];
const NOW: &str = "2026-05-07T01:00:00Z";

on_both_stores! {
    a_run_that_is_killed_at_any_point_is_made_up_for_by_the_next,
    an_incremental_run_that_is_killed_leaves_its_watermark,
}

/// Writes the example's three sources, with rows up to one of the times.
fn write_sources(root: &Path, times: usize) {
    let directory = root.join("data");
    std::fs::create_dir_all(&directory).unwrap();
    let values = [
        ("watch_count_30d", "watch_count_30d", "i * 7 + n"),
        (
            "user_segment",
            "user_segment",
            "['casual', 'power_user'][(i + n) % 2 + 1]",
        ),
        ("last_genre", "last_genre", "'g' || i || '-' || n"),
    ];
    for (file, column, value) in values {
        let path = directory.join(file).with_extension("parquet");
        sql(&format!(
            "COPY (SELECT 'u' || i AS user_id, t AS event_timestamp, {value} AS {column} \
             FROM range({USERS}) AS users(i), \
             (VALUES (TIMESTAMP '{}', 0), (TIMESTAMP '{}', 1)) AS times(t, n) \
             WHERE n < {times} AND i % (n + 1) = 0) TO '{}' (FORMAT parquet)",
            TIMES[0],
            TIMES[1],
            path.display()
        ));
    }
}

fn args<'a>(online: &'a Online, more: &[&'a str]) -> Vec<&'a str> {
    let root = online.directory().to_str().unwrap();
    let to = ["materialize", "--online", online.url(), "--data-root", root];
    [&to[..], &["--now", NOW], more].concat()
}

/// What runs of a process that is held are asked for; its store is named otherwise.
fn held_args<'a>(online: &'a Online, more: &[&'a str]) -> Vec<&'a str> {
    let root = online.directory().to_str().unwrap();
    let what = ["materialize", "--data-root", root, "--now", NOW];
    [&what[..], more].concat()
}

/// Calls from the first to the one at four fifths, in no order: what a run finds of an earlier one
/// spares it a few.
fn points(calls: u64) -> [u64; 5] {
    [3, 1, 4, 0, 2].map(|fifths| 1 + calls * fifths / 5)
}

/// Starts a run and kills it where it makes a call of its store.
async fn kill_before(online: &Online, more: &[&str], call: u64) {
    let args = held_args(online, more);
    let mut run = HeldRun::start(online, Hold::BeforeCall(call), &args);
    run.held().await;
    run.kill().await;
}

/// A run to its end: the JSON that it prints.
fn to_the_end(online: &Online, more: &[&str]) -> Json {
    let ran = run(&args(online, &[more, &["--json"]].concat()));
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// All that a reader sees of all users, by user.
async fn contents(online: &Online) -> BTreeMap<u64, String> {
    let registry = registry![UserSegment, WatchActivity, LastGenre, WatchNext];
    let store = watch_next::store()
        .registry(registry)
        .clock(Clock::fixed(time(NOW)));
    let store = store.online(online.url()).open().await.unwrap();
    let mut contents = BTreeMap::new();
    let users: Vec<u64> = (0..USERS).collect();
    for users in users.chunks(10_000) {
        let keys: Vec<UserId> = users
            .iter()
            .map(|user| UserId::from(format!("u{user}")))
            .collect();
        let segments = store.get_many::<UserSegment>(&keys).await.unwrap();
        let counts = store.get_many::<WatchActivity>(&keys).await.unwrap();
        let genres = store.get_many::<LastGenre>(&keys).await.unwrap();
        let rows = segments.into_iter().zip(counts).zip(genres);
        for (user, ((segment, count), genre)) in users.iter().zip(rows) {
            let row = (segment.unwrap(), count.unwrap(), genre.unwrap());
            contents.insert(*user, format!("{row:?}"));
        }
    }
    contents
}

/// The store after a run that nobody disturbed.
async fn undisturbed(times: usize) -> BTreeMap<u64, String> {
    let online = Online::embedded();
    write_sources(online.directory(), times);
    to_the_end(&online, &[]);
    contents(&online).await
}

fn same(found: &BTreeMap<u64, String>, expected: &BTreeMap<u64, String>) {
    let different = found
        .iter()
        .find(|(user, row)| expected.get(user) != Some(row));
    assert_eq!(
        different,
        None,
        "expected {:?}",
        different.map(|(user, _)| &expected[user])
    );
    assert_eq!(found.len(), expected.len());
}

async fn a_run_that_is_killed_at_any_point_is_made_up_for_by_the_next(online: &Online) {
    let expected = undisturbed(2).await;
    write_sources(online.directory(), 2);
    let elsewhere = Online::embedded();
    let calls = held::calls(&elsewhere, &held_args(online, &[])).await;
    for point in points(calls) {
        kill_before(online, &[], point).await;
    }
    // Whatever is there can be read.
    contents(online).await;
    to_the_end(online, &[]);
    same(&contents(online).await, &expected);
}

async fn an_incremental_run_that_is_killed_leaves_its_watermark(online: &Online) {
    let expected = undisturbed(2).await;
    let elsewhere = Online::embedded();
    for online in [&elsewhere, online] {
        write_sources(online.directory(), 1);
        to_the_end(online, &["--until", TIMES[0]]);
        write_sources(online.directory(), 2);
    }
    let more = &["--incremental"];
    let calls = held::calls(&elsewhere, &held_args(&elsewhere, more)).await;
    for point in points(calls) {
        kill_before(online, more, point).await;
    }
    let done = to_the_end(online, &["--incremental"]);
    for view in done["views"].as_array().unwrap() {
        assert_eq!(view["full_because"], Json::Null, "{view}");
        assert_eq!(view["watermark"], NOW);
    }
    same(&contents(online).await, &expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_that_is_killed_and_started_again_under_a_run_is_made_up_for_by_the_next() {
    let expected = undisturbed(2).await;
    let mut online = Online::redis();
    write_sources(online.directory(), 2);
    let calls = held::calls(&Online::embedded(), &held_args(&online, &[])).await;
    for point in points(calls) {
        let mut run = HeldRun::start(&online, Hold::UntilTold(point), &held_args(&online, &[]));
        run.held().await;
        online.server.as_mut().unwrap().restart().unwrap();
        let ran = run.let_go().await;
        if ran.code != Some(0) {
            assert!(ran.err.contains(online.url()), "{}", ran.err);
        }
    }
    // Its watermarks went with it or came after its rows, so what is there is never taken for all.
    to_the_end(&online, &[]);
    same(&contents(&online).await, &expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_that_takes_no_rows_is_named_and_gets_no_watermark() {
    let online = Online::redis();
    write_sources(online.directory(), 2);
    let server = online.server.as_ref().unwrap();
    let used = server.text("INFO memory").unwrap();
    let used = used
        .lines()
        .find_map(|line| line.strip_prefix("used_memory:"));
    let limit = used.unwrap().trim().parse::<u64>().unwrap() + 300_000;
    server
        .run(&format!("CONFIG SET maxmemory {limit}"))
        .unwrap();
    let full = run(&args(&online, &["watch_activity"]));
    assert_eq!(full.code, Some(1), "{full:?}");
    for part in [online.url(), "OOM", "raise its `maxmemory`"] {
        assert!(full.err.contains(part), "{}", full.err);
    }
    server.run("CONFIG SET maxmemory 0").unwrap();
    server.run("CONFIG SET min-replicas-to-write 1").unwrap();
    let unwritable = run(&args(&online, &["watch_activity"]));
    assert_eq!(unwritable.code, Some(1), "{unwritable:?}");
    for part in [online.url(), "NOREPLICAS"] {
        assert!(unwritable.err.contains(part), "{}", unwritable.err);
    }
    server.run("CONFIG SET min-replicas-to-write 0").unwrap();
    let watermark = server.run("HEXISTS watch-next::records watermark/watch_activity");
    assert_eq!(watermark.unwrap(), redis::Value::Int(0));
    let done = to_the_end(&online, &["watch_activity", "--incremental"]);
    assert_eq!(
        done["views"][0]["full_because"],
        "in full, as it has no watermark yet"
    );
    assert_eq!(done["views"][0]["watermark"], NOW);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_takes_no_rows_and_the_message_says_what_does() {
    let (master, replica) = (Online::redis(), Online::redis());
    let port = master.server.as_ref().unwrap().port();
    let become_replica = format!("REPLICAOF 127.0.0.1 {port}");
    replica
        .server
        .as_ref()
        .unwrap()
        .run(&become_replica)
        .unwrap();
    write_sources(replica.directory(), 2);
    let ran = run(&args(&replica, &["watch_activity"]));
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for part in [
        replica.url(),
        "READONLY",
        "it is a replica: name the master",
    ] {
        assert!(ran.err.contains(part), "{}", ran.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_that_becomes_a_replica_under_a_run_gets_no_watermark() {
    let expected = undisturbed(2).await;
    let online = Online::redis();
    write_sources(online.directory(), 2);
    let server = online.server.as_ref().unwrap();
    let connection = Mutex::new(server.connect().unwrap());
    // Nobody is there, so it keeps what it has.
    let nobody = free_port().unwrap();
    let store = watch_next::store()
        .registry(registry![UserSegment, WatchActivity, LastGenre, WatchNext])
        .clock(Clock::fixed(time(NOW)))
        .data_root(online.directory());
    let store = store.online(online.url()).open().await.unwrap();
    let run = store.materialize().on_progress(move |progress| {
        if progress.rows().is_some_and(|rows| rows > 0) {
            let mut become_replica = redis::cmd("REPLICAOF");
            become_replica.arg("127.0.0.1").arg(nobody);
            become_replica
                .exec(&mut connection.lock().unwrap())
                .unwrap();
        }
    });
    let report = run.run().await.unwrap();
    for view in report.views() {
        let error = view.error().unwrap().to_string();
        assert!(error.contains("READONLY"), "{error}");
        assert_eq!(view.watermark(), None);
    }
    server.run("REPLICAOF NO ONE").unwrap();
    let done = to_the_end(&online, &["--incremental"]);
    for view in done["views"].as_array().unwrap() {
        let because = "in full, as it has no watermark yet";
        assert_eq!(view["full_because"], because, "{view}");
    }
    same(&contents(&online).await, &expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_at_once_leave_what_one_leaves() {
    let expected = undisturbed(2).await;
    let online = Online::redis();
    write_sources(online.directory(), 2);
    let start = |more: &[&str]| {
        let mut command = features(&args(&online, more));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let runs = [
        start(&["--until", TIMES[0]]),
        start(&[]),
        start(&["--incremental"]),
    ];
    for (index, run) in runs.into_iter().enumerate() {
        let ran = Ran::from(run.wait_with_output().unwrap());
        // One that starts after another has ended is refused an earlier end.
        let refused = index == 0 && ran.err.contains("is materialized up to");
        assert!(ran.code == Some(0) || refused, "{ran:?}");
    }
    same(&contents(&online).await, &expected);
    let done = to_the_end(&online, &["--incremental"]);
    for view in done["views"].as_array().unwrap() {
        assert_eq!(view["watermark"], NOW, "{view}");
        assert_eq!(view["full_because"], Json::Null);
    }
}
