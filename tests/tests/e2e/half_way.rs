//! A materialization that is killed in the middle, on each store: whole rows of one state or the
//! other, and after another run the state of one that nobody disturbed.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use featurestore::prelude::*;
use watch_next::{UserId, WatchActivity};

use crate::support::{Online, features, run, sql, time};

const USERS: u64 = 50_000;
/// Each user has a count at each of these times.
const FIRST: &str = "2026-05-06T00:00:00Z";
const SECOND: &str = "2026-05-07T00:00:00Z";
/// How many users are looked at to see how far a run is.
const SAMPLE: usize = 400;

on_both_stores! {
    a_killed_materialization_leaves_whole_rows_and_the_next_run_ends_it,
}

/// The count that a user has from the first or from the second time on.
fn count(user: u64, second: bool) -> i64 {
    i64::try_from(user * 7 + 3 + u64::from(second) * 1_000_000_000).unwrap()
}

fn write_source(directory: &Path) {
    std::fs::create_dir(directory.join("data")).unwrap();
    sql(&format!(
        "COPY (SELECT 'u' || i AS user_id, t AS event_timestamp, i * 7 + 3 + n * 1000000000 AS watch_count_30d \
         FROM range({USERS}) AS users(i), \
         (VALUES (TIMESTAMP '{FIRST}', 0), (TIMESTAMP '{SECOND}', 1)) AS times(t, n)) \
         TO '{}' (FORMAT parquet)",
        directory.join("data/watch_count_30d.parquet").display()
    ));
}

/// A materialization as a process of the example's command line.
struct Run<'a> {
    online: &'a Online,
    until: &'a str,
}

impl Run<'_> {
    fn args(&self) -> Vec<&str> {
        let root = self.online.directory().to_str().unwrap();
        let to = ["--online", self.online.url(), "--data-root", root];
        let what = ["materialize", "watch_activity", "--until", self.until];
        [what, to].concat()
    }

    fn to_the_end(&self) {
        let ran = run(&self.args());
        assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
        let mut lines = ran.err.lines();
        let progress =
            |line: &str| line.starts_with("materializing view watch_activity (1 of 1), ");
        assert!(lines.all(progress), "{}", ran.err);
    }

    /// Starts it, and kills it when `share` of the sample has changed since. On Redis it stands
    /// still while the sample is read, so that it can't end meanwhile. The embedded store is slow
    /// enough, and a writer that stands still in a commit lets nobody read.
    async fn kill_after(&self, store: &FeatureStore, share: f64) {
        let before = read(store, &sample()).await;
        let mut child = features(&self.args())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let end = Instant::now() + Duration::from_secs(60);
        let stops = self.online.server.is_some();
        loop {
            if stops {
                signal(&child, "-STOP");
            }
            let now = read(store, &sample()).await;
            let changed = now
                .iter()
                .zip(&before)
                .filter(|(now, before)| now != before);
            #[allow(clippy::cast_precision_loss)]
            if changed.count() as f64 > share * SAMPLE as f64 {
                break;
            }
            assert!(Instant::now() < end, "too little changed in a minute");
            if stops {
                signal(&child, "-CONT");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
            assert_eq!(
                child.try_wait().unwrap(),
                None,
                "it ended before it was killed"
            );
        }
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), None, "it was killed before it ended");
    }
}

fn signal(process: &Child, signal: &str) {
    let mut kill = Command::new("kill");
    let status = kill.args([signal, &process.id().to_string()]).status();
    assert!(status.unwrap().success());
}

/// Users from all over the file.
fn sample() -> Vec<u64> {
    (0..USERS)
        .step_by(usize::try_from(USERS).unwrap() / SAMPLE)
        .collect()
}

/// The users' rows, which must all be readable: the time and the count.
async fn read(store: &FeatureStore, users: &[u64]) -> Vec<Option<(Timestamp, i64)>> {
    let mut found = Vec::with_capacity(users.len());
    for users in users.chunks(10_000) {
        let keys: Vec<UserId> = users
            .iter()
            .map(|user| UserId::from(format!("u{user}")))
            .collect();
        let rows = store.get_many::<WatchActivity>(&keys).await.unwrap();
        found.extend(rows.into_iter().zip(keys).map(|(row, key)| {
            let row = row.unwrap().found()?;
            assert_eq!(row.user_id, key);
            Some((row.event_timestamp, row.watch_count_30d))
        }));
    }
    found
}

/// Checks that every user has one of the states; gives how many have each.
async fn states<const N: usize>(store: &FeatureStore, states: [Option<bool>; N]) -> [usize; N] {
    let users: Vec<u64> = (0..USERS).collect();
    let mut counts = [0; N];
    for (user, row) in users.iter().zip(read(store, &users).await) {
        let state = states.iter().position(|state| {
            let row_of = |second| {
                (
                    time(if second { SECOND } else { FIRST }),
                    count(*user, second),
                )
            };
            row == state.map(row_of)
        });
        counts[state.unwrap_or_else(|| panic!("u{user} has {row:?}"))] += 1;
    }
    counts
}

async fn a_killed_materialization_leaves_whole_rows_and_the_next_run_ends_it(online: &Online) {
    write_source(online.directory());
    let all = usize::try_from(USERS).unwrap();
    // A service that goes on reading all the while.
    let store = watch_next::store()
        .registry(registry![WatchActivity])
        .online(online.url())
        .open()
        .await
        .unwrap();
    let first = Run {
        online,
        until: FIRST,
    };
    for share in [0.0, 0.4] {
        first.kill_after(&store, share).await;
        let [none, some] = states(&store, [None, Some(false)]).await;
        assert!(none > 0 && some > 0, "{none} and {some} after {share}");
    }
    first.to_the_end();
    assert_eq!(states(&store, [Some(false)]).await, [all]);
    let second = Run {
        online,
        until: SECOND,
    };
    for share in [0.2, 0.4] {
        second.kill_after(&store, share).await;
        let [old, new] = states(&store, [Some(false), Some(true)]).await;
        assert!(old > 0 && new > 0, "{old} and {new} after {share}");
    }
    second.to_the_end();
    assert_eq!(states(&store, [Some(true)]).await, [all]);
    // A run up to an earlier time is refused, and takes nothing back.
    let ran = run(&first.args());
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    let words = format!("is materialized up to {SECOND} already");
    assert!(ran.err.contains(&words), "{}", ran.err);
    assert_eq!(states(&store, [Some(true)]).await, [all]);
}
