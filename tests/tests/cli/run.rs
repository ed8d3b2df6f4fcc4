//! `run`: the schedule as processes.

#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use featurestore::online::{EmbeddedStore, OnlineStore, RedisStore};
use featurestore_tests::{PATIENCE, RedisServer, wait_until};
use serde_json::Value as Json;

use super::offline::{Files, ROOT};
use super::{Ran, run, watch};

#[test]
fn once_does_what_is_due_and_says_when_each_view_is_due_next() {
    let files = Files::new();
    let args = files.args(&["run", "--once", "--json"]);
    let ran = run(&args);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    let lines: Vec<Json> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |view: &str| {
        let own = lines.iter().filter(|line| line["view"] == view);
        own.map(|line| line["event"].as_str().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("title"), ["not_scheduled"]);
    assert_eq!(of("last_genre"), ["not_scheduled"]);
    assert_eq!(of("user_segment"), ["started", "done", "due"]);
    assert_eq!(of("watch_activity"), ["started", "done", "due"]);
    // The tests' clock stands at ten in the evening.
    let next = |view: &str| {
        let due = lines
            .iter()
            .find(|line| line["event"] == "due" && line["view"] == view);
        due.unwrap()["next"].as_str().unwrap().to_owned()
    };
    assert_eq!(next("user_segment"), "2026-05-08T00:00:00Z");
    assert_eq!(next("watch_activity"), "2026-05-07T23:00:00Z");
    let done = lines.iter().find(|line| line["event"] == "done").unwrap();
    assert_eq!(done["written"], 2);

    let again = run(&args).out;
    assert!(
        !again.contains("started") && again.contains("\"due\""),
        "{again}"
    );
    let later = [&args[..], &["--now", "2026-05-07T23:30:00Z"]].concat();
    let later = run(&later).out;
    assert_eq!(later.matches("\"started\"").count(), 1, "{later}");
    let ran = run(&files.args(&["run", "title"]));
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err.contains("no view has a cadence; write `cadence = "),
        "{}",
        ran.err
    );
}

#[test]
fn once_fails_where_a_view_does() {
    let files = Files::new();
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().display().to_string();
    let args = [
        "run",
        "--once",
        "watch_activity",
        "--online",
        &files.online,
        "--data-root",
        &root,
    ];
    let ran = run(&args);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err.starts_with("error: 1 of 1 views failed:\n  "),
        "{}",
        ran.err
    );
    assert!(
        ran.out.contains(" view watch_activity: failed: "),
        "{}",
        ran.out
    );
}

const LEASE: Duration = Duration::from_secs(1);

/// A `run`, whose lines are collected as they come.
struct Running {
    process: Child,
    lines: Arc<Mutex<Vec<(Instant, Json)>>>,
    reader: Option<JoinHandle<()>>,
}

impl Running {
    fn start(online: &str, root: &Path) -> Self {
        let root = root.display().to_string();
        let args = [
            "run",
            "watch_activity",
            "--json",
            "--lease",
            &format!("{}s", LEASE.as_secs()),
            "--online",
            online,
            "--data-root",
            &root,
        ];
        let mut process = watch(&args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines: Arc<Mutex<Vec<(Instant, Json)>>> = Arc::default();
        let out = BufReader::new(process.stdout.take().unwrap());
        let kept = Arc::clone(&lines);
        let reader = std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let json = serde_json::from_str(&line).unwrap();
                kept.lock().unwrap().push((Instant::now(), json));
            }
        });
        Self {
            process,
            lines,
            reader: Some(reader),
        }
    }

    /// When it first said that something happened.
    fn said(&self, event: &str) -> Option<Instant> {
        let lines = self.lines.lock().unwrap();
        let mut found = lines.iter().filter(|(_, line)| line["event"] == event);
        found.next().map(|(at, _)| *at)
    }

    fn wait_for(&mut self, event: &str) -> Instant {
        let began = Instant::now();
        loop {
            if let Some(at) = self.said(event) {
                return at;
            }
            assert!(began.elapsed() < PATIENCE, "no {event}");
            assert!(
                self.process.try_wait().unwrap().is_none(),
                "ended before {event}"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status();
        assert!(status.unwrap().success());
    }

    /// How it ended, and whether it ever said that the view was done.
    fn ended(mut self) -> (Ran, bool) {
        self.process.wait().unwrap();
        self.reader.take().unwrap().join().unwrap();
        let done = self.said("done").is_some();
        (self.process.wait_with_output().unwrap().into(), done)
    }
}

/// Of two processes one works; killed in the middle of it, it is followed by the other, when its
/// lease is over and no sooner.
fn one_works_and_the_other_takes_over(online: &str) {
    // Seconds of work for the one, next to none for the other.
    let mut first = Running::start(online, super::stop::data());
    first.wait_for("started");
    let mut second = Running::start(online, Path::new(ROOT));
    second.wait_for("elsewhere");
    let renewed = renewal(online);
    assert_eq!((first.said("done"), second.said("started")), (None, None));
    first.signal("KILL");
    let waited = second.wait_for("started").duration_since(renewed);
    assert!(waited >= LEASE, "{waited:?}");
    second.wait_for("due");
    assert!(second.said("done").is_some() && second.said("failed").is_none());
    assert_eq!(first.ended().0.code, None);
    // Nothing is due: it is told to end while it would wait for an hour, and the end is a good one.
    second.signal("TERM");
    let (ran, _) = second.ended();
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
}

/// Waits until the lease is renewed; a time before that.
fn renewal(online: &str) -> Instant {
    let store: Box<dyn OnlineStore> = match online.strip_prefix("embedded:") {
        Some(path) => Box::new(EmbeddedStore::new(path)),
        None => Box::new(RedisStore::new(online).unwrap()),
    };
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    // A busy machine's writer may keep the embedded store for longer than a read waits.
    let lease = || runtime.block_on(store.record("watch", "lease/watch_activity"));
    let (mut asked, mut known) = (Instant::now(), None);
    wait_until("the lease is renewed", || {
        let asks = Instant::now();
        let Ok(Some(lease)) = lease() else {
            return false;
        };
        let renewed = known.as_ref().is_some_and(|known| *known != lease);
        if !renewed {
            (asked, known) = (asks, Some(lease));
        }
        renewed
    })
    .unwrap();
    asked
}

#[test]
fn on_redis_another_process_takes_over_from_one_that_dies() {
    let server = RedisServer::start().unwrap();
    one_works_and_the_other_takes_over(&server.url());
}

#[test]
fn on_the_embedded_store_a_second_process_waits_its_turn() {
    let files = Files::new();
    one_works_and_the_other_takes_over(&files.online);
}

#[test]
fn a_signal_gives_up_the_view_in_hand_and_leaves_its_lease_to_others() {
    let server = RedisServer::start().unwrap();
    let mut first = Running::start(&server.url(), super::stop::data());
    first.wait_for("started");
    let leases = || {
        server
            .run("HEXISTS watch::records lease/watch_activity")
            .unwrap()
    };
    wait_until("it has the lease", || leases() == redis::Value::Int(1)).unwrap();
    first.signal("INT");
    let (ran, done) = first.ended();
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(!done, "it did not give up what takes seconds");
    assert_eq!(leases(), redis::Value::Int(0));
}
