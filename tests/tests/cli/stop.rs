//! Ctrl-C and SIGTERM, sent to commands that work on millions of rows.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use featurestore_tests::{PATIENCE, wait_until};
use tempfile::TempDir;

use super::{Ran, watch};

/// Sources and entity rows that take seconds to join, made once for all tests.
pub(crate) fn data() -> &'static Path {
    static DATA: OnceLock<PathBuf> = OnceLock::new();
    DATA.get_or_init(|| {
        // Cargo's own directory for tests' files, as a static is never dropped.
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stop");
        fs::create_dir_all(root.join("data")).unwrap();
        let connection = duckdb::Connection::open_in_memory().unwrap();
        let write = |name: &str, value: &str| {
            let path = root.join(name).display().to_string();
            let sql = format!(
                "COPY (SELECT 'u' || (hash(i) % 200000) AS user_id, \
                 TIMESTAMP '2026-05-01' + to_seconds(hash(i + 1) % 600000) AS event_timestamp{value} \
                 FROM range(3000000) AS r(i)) TO '{path}' (FORMAT parquet)"
            );
            connection.execute_batch(&sql).unwrap();
        };
        write("spine.parquet", "");
        write("data/user_segment.parquet", ", 'casual' AS user_segment");
        write("data/watch_count_30d.parquet", ", CAST(i AS BIGINT) AS watch_count_30d");
        write("data/last_genre.parquet", ", 'g' || i AS last_genre");
        root
    })
}

/// A command that runs on the data; what it writes and spills goes to a directory of the test's.
struct Running {
    process: Child,
    directory: TempDir,
}

impl Running {
    fn start(args: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = data().display().to_string();
        let online = format!("embedded:{}", directory.path().join("o.redb").display());
        let args = [args, &["--data-root", &root, "--online", &online]].concat();
        fs::create_dir(directory.path().join("tmp")).unwrap();
        let process = watch(&args)
            .current_dir(directory.path())
            .env("TMPDIR", directory.path().join("tmp"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { process, directory }
    }

    fn join() -> Self {
        let spine = data().join("spine.parquet").display().to_string();
        let args = [
            "historical",
            "watch_next",
            "--spine",
            &spine,
            "-o",
            "train.parquet",
        ];
        let mut running = Self::start(&args);
        running.wait_for("the directory to spill to", |found| {
            found.iter().any(|name| name.starts_with("featurestore-"))
        });
        running
    }

    /// Waits until the files and directories are as wanted.
    fn wait_for(&mut self, what: &str, wanted: impl Fn(&[String]) -> bool) {
        let started = Instant::now();
        while !wanted(&self.found()) {
            assert!(started.elapsed() < PATIENCE, "no {what}");
            assert!(
                self.process.try_wait().unwrap().is_none(),
                "ended before {what}"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The names in the test's directory and in that for temporary files.
    fn found(&self) -> Vec<String> {
        let directories = [self.directory.path().to_owned(), self.temporary()];
        let entries = directories
            .iter()
            .flat_map(|path| fs::read_dir(path).unwrap());
        let names = entries.map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn temporary(&self) -> PathBuf {
        self.directory.path().join("tmp")
    }

    fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status();
        assert!(status.unwrap().success());
    }

    /// How it ended, how long after this was asked, and what is left of it.
    fn ended(mut self) -> (Ran, Duration, Vec<String>) {
        let asked = Instant::now();
        self.process.wait().unwrap();
        let took = asked.elapsed();
        let left = self.found();
        let Self { process, directory } = self;
        let ran = Ran::from(process.wait_with_output().unwrap());
        drop(directory);
        (ran, took, left)
    }
}

#[test]
fn ctrl_c_stops_a_join_and_leaves_nothing_behind() {
    let running = Running::join();
    assert!(
        running
            .found()
            .iter()
            .any(|name| name.starts_with("featurestore-"))
    );
    running.signal("INT");
    let (ran, _, left) = running.ended();
    assert_eq!(ran.code, Some(130), "{}", ran.err);
    // It would say so, had it not ended within a second.
    let line = "error: stopped by Ctrl-C; nothing half-done is left, and the same command does all of it anew\n";
    assert!(ran.out.is_empty() && ran.err.ends_with(line), "{}", ran.err);
    assert_eq!(left, ["tmp"]);
}

#[test]
fn sigterm_stops_a_materialization_and_leaves_nothing_but_whole_rows() {
    let mut running = Running::start(&["materialize", "last_genre"]);
    running.wait_for("the spill directory and the store", |found| {
        let is = |start: &str| found.iter().any(|name| name.starts_with(start));
        is("featurestore-") && is("o.redb")
    });
    running.signal("TERM");
    let (ran, _, left) = running.ended();
    assert_eq!(ran.code, Some(143), "{}", ran.err);
    assert!(
        ran.err.starts_with("error: stopped by SIGTERM; "),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains("did not end"), "{}", ran.err);
    assert_eq!(left, ["o.redb", "tmp"]);
}

#[test]
fn a_materialization_that_is_stopped_leaves_the_quarantine_file_that_was_there() {
    let mut running = Running::start(&["materialize", "last_genre", "--quarantine", "q.parquet"]);
    // Nobody has looked for the file so far.
    let file = running.directory.path().join("q.parquet");
    fs::write(&file, "of an earlier run").unwrap();
    running.wait_for("the store and the unfinished file", |found| {
        let is = |start: &str| found.iter().any(|name| name.starts_with(start));
        is("featurestore-") && is(".q.parquet") && is("o.redb")
    });
    running.signal("INT");
    running.process.wait().unwrap();
    assert_eq!(fs::read_to_string(file).unwrap(), "of an earlier run");
    let (ran, _, left) = running.ended();
    assert_eq!(ran.code, Some(130), "{}", ran.err);
    assert_eq!(left, ["o.redb", "q.parquet", "tmp"]);
}

#[test]
fn a_second_materialization_into_the_embedded_store_is_told_of_the_first_and_disturbs_it_not() {
    let mut running = Running::start(&["materialize", "last_genre"]);
    running.wait_for("the spill directory", |found| {
        found.iter().any(|name| name.starts_with("featurestore-"))
    });
    let online = running
        .directory
        .path()
        .join("o.redb")
        .display()
        .to_string();
    let (root, address) = (data().display().to_string(), format!("embedded:{online}"));
    let args = ["materialize", "user_segment", "--data-root", &root];
    let second = watch(&[&args[..], &["--online", &address]].concat()).output();
    let second = Ran::from(second.unwrap());
    assert_eq!(second.code, Some(1), "{}", second.err);
    let way_out = "another process writes to it; stop that one, or use a Redis server";
    for part in [online.as_str(), way_out] {
        assert!(second.err.contains(part), "{}", second.err);
    }
    let (first, _, _) = running.ended();
    assert_eq!(first.code, Some(0), "{}", first.err);
}

/// A join that waits for somebody to write to the pipe that its spine is, where no interrupt
/// reaches it.
fn stuck() -> Running {
    let pipes = tempfile::tempdir().unwrap();
    let pipe = pipes.path().join("spine.csv");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let pipe = pipe.display().to_string();
    let mut running = Running::start(&[
        "historical",
        "watch_next",
        "--spine",
        &pipe,
        "-o",
        "train.parquet",
    ]);
    running.wait_for("the spill directory", |found| {
        found.iter().any(|name| name.starts_with("featurestore-"))
    });
    if cfg!(target_os = "linux") {
        // To open the pipe would wake it, and fail, as DuckDB looks for its size.
        let threads = format!("/proc/{}/task", running.process.id());
        wait_until("the join opens the pipe", || {
            fs::read_dir(&threads).unwrap().flatten().any(|thread| {
                let waits_in = fs::read_to_string(thread.path().join("wchan"));
                waits_in.is_ok_and(|name| name == "wait_for_partner")
            })
        })
        .unwrap();
    } else {
        std::thread::sleep(Duration::from_millis(300));
    }
    running
}

#[test]
fn what_does_not_end_in_a_second_is_left_and_said_so() {
    let running = stuck();
    running.signal("INT");
    let (ran, took, _) = running.ended();
    assert_eq!(ran.code, Some(130));
    assert!(
        ran.err.contains("did not end within a second"),
        "{}",
        ran.err
    );
    assert!(took > Duration::from_millis(900), "{took:?}");
}

#[test]
fn a_second_ctrl_c_ends_the_process_at_once() {
    let mut running = stuck();
    // Two that come as one are one.
    while running.process.try_wait().unwrap().is_none() {
        running.signal("INT");
        std::thread::sleep(Duration::from_millis(20));
    }
    let (ran, _, _) = running.ended();
    // After a second it would say that it leaves what does not end.
    assert_eq!((ran.code, ran.err.as_str()), (Some(130), ""));
}

#[test]
fn what_a_killed_join_left_is_removed_by_the_next_command_that_reads_sources() {
    let mut running = Running::join();
    running.process.kill().unwrap();
    running.process.wait().unwrap();
    let spill = |running: &Running| {
        let names = running.found().into_iter();
        let mut names = names.filter(|name| name.starts_with("featurestore-"));
        names.next().map(|name| running.temporary().join(name))
    };
    let lock = spill(&running).unwrap().join("lock");
    let earlier = SystemTime::now() - Duration::from_secs(120);
    File::options()
        .write(true)
        .open(lock)
        .unwrap()
        .set_modified(earlier)
        .unwrap();
    let root = data().display().to_string();
    let args = [
        "explain",
        "watch_next",
        "--at",
        "2026-05-03",
        "-k",
        "u1",
        "--data-root",
        &root,
    ];
    let ran: Ran = watch(&args)
        .env("TMPDIR", running.temporary())
        .output()
        .unwrap()
        .into();
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert_eq!(spill(&running), None);
}
