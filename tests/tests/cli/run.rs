//! `run`: the schedule as processes.

#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use featurestore_tests::RedisServer;
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
            "1s",
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
            assert!(began.elapsed() < Duration::from_secs(30), "no {event}");
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

    fn ended(mut self) -> Ran {
        self.process.wait().unwrap();
        self.reader.take().unwrap().join().unwrap();
        self.process.wait_with_output().unwrap().into()
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
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!((first.said("done"), second.said("started")), (None, None));
    let killed = Instant::now();
    first.signal("KILL");
    let began = second.wait_for("started");
    let waited = began.duration_since(killed);
    // The lease was renewed at most a third of its time before.
    let bounds = Duration::from_millis(600)..Duration::from_secs(6);
    assert!(bounds.contains(&waited), "{waited:?}");
    second.wait_for("due");
    assert!(second.said("done").is_some() && second.said("failed").is_none());
    assert_eq!(first.ended().code, None);
    // Nothing is due: the end is a good one, and soon.
    let asked = Instant::now();
    second.signal("TERM");
    let ran = second.ended();
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(
        asked.elapsed() < Duration::from_millis(1500),
        "{:?}",
        asked.elapsed()
    );
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
fn a_signal_gives_up_the_view_in_hand_within_a_second_and_leaves_its_lease_to_others() {
    let server = RedisServer::start().unwrap();
    let mut first = Running::start(&server.url(), super::stop::data());
    first.wait_for("started");
    std::thread::sleep(Duration::from_millis(400));
    let leases = || {
        server
            .run("HEXISTS watch::records lease/watch_activity")
            .unwrap()
    };
    assert_eq!(leases(), redis::Value::Int(1));
    let asked = Instant::now();
    first.signal("INT");
    assert!(first.said("done").is_none());
    let ran = first.ended();
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(
        asked.elapsed() < Duration::from_millis(1500),
        "{:?}",
        asked.elapsed()
    );
    assert_eq!(leases(), redis::Value::Int(0));
}
