//! A materialization that is killed in the middle, on each store: whole rows of one state or the
//! other, and after another run the state of one that nobody disturbed.

use std::path::Path;
use std::time::Duration;

use featurestore::StoreError;
use featurestore::prelude::*;
use featurestore_tests::held::Hold;
use watch_next::{UserId, WatchActivity};

use crate::held::HeldRun;
use crate::support::{Online, run, sql, time};

/// Six chunks of rows, of which two are under way at once.
const USERS: u64 = 24_000;
/// Each user has a count at each of these times.
const FIRST: &str = "2026-05-06T00:00:00Z";
const SECOND: &str = "2026-05-07T00:00:00Z";
/// How many users are looked at while a run is under way.
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
    /// What it does, without the online store.
    fn what(&self) -> Vec<&str> {
        let root = self.online.directory().to_str().unwrap();
        let what = ["materialize", "watch_activity", "--until", self.until];
        [&what[..], &["--data-root", root]].concat()
    }

    fn args(&self) -> Vec<&str> {
        [self.what(), vec!["--online", self.online.url()]].concat()
    }

    fn to_the_end(&self) {
        let ran = run(&self.args());
        assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
        let mut lines = ran.err.lines();
        let progress =
            |line: &str| line.starts_with("materializing view watch_activity (1 of 1), ");
        assert!(lines.all(progress), "{}", ran.err);
    }

    /// Starts it, and kills it when so many rows are written and more are to come. Meanwhile
    /// whatever is there is whole.
    async fn kill_after(&self, store: &FeatureStore, rows: u64) {
        let mut run = HeldRun::start(self.online, Hold::AfterRows(rows), &self.what());
        let sample = sample();
        let read_on = async {
            loop {
                match try_read(store, &sample).await {
                    Ok(_) => tokio::time::sleep(Duration::from_millis(5)).await,
                    // On a busy machine its writer may keep the embedded store for longer than a
                    // read waits.
                    Err(error) => assert!(error.to_string().contains("another process"), "{error}"),
                }
            }
        };
        tokio::select! {
            () = run.held() => {}
            () = read_on => {}
        }
        run.kill().await;
    }
}

/// Users from all over the file.
fn sample() -> Vec<u64> {
    (0..USERS)
        .step_by(usize::try_from(USERS).unwrap() / SAMPLE)
        .collect()
}

/// The users' rows, which must all be readable: the time and the count.
async fn read(store: &FeatureStore, users: &[u64]) -> Vec<Option<(Timestamp, i64)>> {
    try_read(store, users).await.unwrap()
}

/// As [`read`], where the store may be another process's for a while.
async fn try_read(
    store: &FeatureStore,
    users: &[u64],
) -> Result<Vec<Option<(Timestamp, i64)>>, StoreError> {
    let mut found = Vec::with_capacity(users.len());
    for users in users.chunks(10_000) {
        let keys: Vec<UserId> = users
            .iter()
            .map(|user| UserId::from(format!("u{user}")))
            .collect();
        let rows = store.get_many::<WatchActivity>(&keys).await?;
        found.extend(rows.into_iter().zip(keys).map(|(row, key)| {
            let row = row.unwrap().found()?;
            assert_eq!(row.user_id, key);
            Some((row.event_timestamp, row.watch_count_30d))
        }));
    }
    Ok(found)
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
    for rows in [1, USERS / 5 * 2] {
        first.kill_after(&store, rows).await;
        let [none, some] = states(&store, [None, Some(false)]).await;
        assert!(none > 0 && some > 0, "{none} and {some} after {rows}");
    }
    first.to_the_end();
    assert_eq!(states(&store, [Some(false)]).await, [all]);
    let second = Run {
        online,
        until: SECOND,
    };
    for rows in [USERS / 5, USERS / 5 * 2] {
        second.kill_after(&store, rows).await;
        let [old, new] = states(&store, [Some(false), Some(true)]).await;
        assert!(old > 0 && new > 0, "{old} and {new} after {rows}");
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
