use std::path::Path;

use serde_json::json;
use tempfile::TempDir;

use super::{fail, run, succeed};

/// The example's data, and an online store of the test's own. There is no file of titles.
pub(crate) struct Files {
    directory: TempDir,
    pub(crate) online: String,
}

pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/watch-next");

impl Files {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let online = format!("embedded:{}", directory.path().join("o.redb").display());
        Self { directory, online }
    }

    pub(crate) fn args<'a>(&'a self, args: &[&'a str]) -> Vec<&'a str> {
        [args, &["--data-root", ROOT, "--online", &self.online]].concat()
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }
}

#[test]
fn what_was_materialized_is_what_get_reads() {
    let files = Files::new();
    let out = succeed(&files.args(&["materialize", "last_genre", "user_segment", "last_genre"]));
    let lines: Vec<Vec<&str>> = out
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        lines[3][..6],
        ["last_genre", "ok", "2", "2", "0", "0"],
        "{out}"
    );
    assert_eq!(lines[4][0], "user_segment");
    assert_eq!(lines.len(), 5, "{out}");
    let out = succeed(&files.args(&["get", "watch_next", "-k", "8a2f", "--json"]));
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        json["features"],
        json!({ "user_segment": "power_user", "watch_count_30d": 0, "last_genre": "documentary" })
    );
    assert_eq!(json["metadata"]["watch_count_30d"]["status"], "missing");
}

#[test]
fn a_view_that_fails_does_not_stop_the_others_and_is_the_exit_status() {
    let files = Files::new();
    let ran = run(&files.args(&["materialize", "--json", "--until", "2026-05-06"]));
    assert_eq!(ran.code, Some(1));
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["until"], "2026-05-06T00:00:00Z");
    let written: Vec<_> = json["views"]
        .as_array()
        .unwrap()
        .iter()
        .map(|view| {
            (
                view["view"].as_str().unwrap(),
                view["written"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        written,
        [
            ("last_genre", 1),
            ("title", 0),
            ("user_segment", 2),
            ("watch_activity", 1)
        ]
    );
    let title = json["views"][1]["error"].as_str().unwrap();
    assert!(title.starts_with("view `title` reads ") && title.contains("title.parquet"));
    assert_eq!(ran.err, format!("error: 1 of 4 views failed:\n  {title}\n"));
    assert!(fail(&files.args(&["materialize", "titles"])).contains("did you mean `title`?"));
}

#[test]
fn an_incremental_run_says_where_it_started_and_what_it_leaves() {
    let files = Files::new();
    let rejected = files.path("rejected.parquet");
    let run_json = |more: &[&str]| -> serde_json::Value {
        let args = [&["materialize", "last_genre", "--json"], more].concat();
        serde_json::from_str(&succeed(&files.args(&args))).unwrap()
    };
    let first = run_json(&["--incremental", "--quarantine", &rejected]);
    let view = &first["views"][0];
    assert_eq!(view["full_because"], "in full, as it has no watermark yet");
    assert_eq!(
        (&view["from"], &view["watermark"]),
        (&json!(null), &first["until"])
    );
    assert!(Path::new(&rejected).is_file());
    let again = run_json(&["--incremental", "--lookback", "1h 30m"]);
    let view = &again["views"][0];
    assert_eq!(
        (&view["full_because"], view["read"].as_u64()),
        (&json!(null), Some(1))
    );
    assert_eq!(
        (&view["from"], &view["watermark"]),
        (&json!("2026-05-07T20:30:00Z"), &again["until"])
    );
    let out = succeed(&files.args(&["materialize", "last_genre"]));
    assert!(
        out.contains("WATERMARK") && out.contains("2026-05-07T22:00:00Z"),
        "{out}"
    );
    // A run whose clock was ahead, and the way back.
    let later = ["--now", "2099-01-01T00:00:00Z"];
    assert_eq!(
        run_json(&later)["views"][0]["watermark"],
        "2099-01-01T00:00:00Z"
    );
    let stopped = run(&files.args(&["materialize", "last_genre", "--incremental"]));
    assert_eq!(stopped.code, Some(1));
    assert!(stopped.err.contains("--reset-watermark"), "{}", stopped.err);
    let reset = run_json(&["--incremental", "--reset-watermark"]);
    let view = &reset["views"][0];
    assert_eq!(view["full_because"], "in full, as its watermark is reset");
    assert_eq!(view["watermark"], "2026-05-07T22:00:00Z");
    run_json(&["--incremental"]);
    // The rows are older than that by more than a clock may be ahead.
    let ahead = [
        "materialize",
        "last_genre",
        "--json",
        "--now",
        "2026-05-01T00:00:00Z",
        "--clock-skew",
        "10m",
        "--reset-watermark",
    ];
    let ahead = run(&files.args(&ahead));
    assert_eq!(ahead.code, Some(1));
    assert!(
        ahead.err.contains(
            "is ahead of the clock, which says 2026-05-01T00:00:00Z, by more than the 10m"
        ),
        "{}",
        ahead.err
    );
    for args in [
        &["materialize", "--reset-watermark", "--from", "2026-05-01"][..],
        &["materialize", "--clock-skew", "soon"],
        &["materialize", "--incremental", "--from", "2026-05-01"],
        &["materialize", "--lookback", "1h"],
        &["materialize", "--incremental", "--lookback", "soon"],
    ] {
        assert_eq!(run(&files.args(args)).code, Some(2), "{args:?}");
    }
}

#[test]
fn paths_on_the_command_line_start_at_the_working_directory() {
    let files = Files::new();
    let spine = files.path("spine.csv");
    std::fs::write(
        &spine,
        "user_id,at,label\n8a2f,2026-05-05 12:00:00,1\nnobody,2026-05-05 12:00:00,0\n",
    )
    .unwrap();
    let args = files.args(&[
        "historical",
        "watch_next",
        "--spine",
        "spine.csv",
        "--timestamp",
        "at",
        "--output",
        "train.parquet",
        "--json",
    ]);
    let output = super::watch(&args)
        .current_dir(files.directory.path())
        .output()
        .unwrap();
    let ran = super::Ran::from(output);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["rows"], 2);
    let feature = |name: &str, view: &str, default: bool, at: &str, age: f64| {
        json!({
            "name": name, "view": view, "found": 1, "null": 0, "expired": 0, "missing": 1,
            "default": default, "oldest": at, "newest": at, "largest_age_seconds": age,
        })
    };
    assert_eq!(
        json["features"],
        json!([
            feature(
                "user_segment",
                "user_segment",
                false,
                "2026-05-01T00:00:00Z",
                388_800.0
            ),
            feature(
                "watch_count_30d",
                "watch_activity",
                true,
                "2026-05-05T11:00:00Z",
                3600.0
            ),
            feature(
                "last_genre",
                "last_genre",
                false,
                "2026-05-05T10:12:00Z",
                6480.0
            ),
        ])
    );
    assert!(Path::new(&files.path("train.parquet")).is_file());
    let output = files.path("other.parquet");
    let historical = |service, spine| {
        fail(&files.args(&["historical", service, "--spine", spine, "-o", &output]))
    };
    assert!(historical("watch_nxt", &spine).contains("there is: rank_title, watch_next"));
    let missing = historical("watch_next", "/no/spine.csv");
    assert!(
        missing.contains("/no/spine.csv") && missing.contains("name one that is there"),
        "{missing}"
    );
    assert!(historical("watch_next", &spine).contains("`event_timestamp`"));
    assert!(!Path::new(&output).exists());
}

#[test]
fn a_snapshot_has_every_user_that_was_known_at_each_time() {
    let files = Files::new();
    let output = files.path("snapshot.parquet");
    let snapshot = |more: &[&str]| {
        let args = ["snapshot", "watch_next", "-o", &output, "--json"];
        let out = succeed(&files.args(&[&args, more].concat()));
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        (json["rows"].as_u64().unwrap(), rows(&output))
    };
    let all = ["8a2f", "b13c"].map(str::to_owned).to_vec();
    assert_eq!(snapshot(&["--at", "2026-05-08"]), (2, all));
    assert_eq!(snapshot(&["--at", "2020-01-01"]), (0, vec![]));
    let weeks = ["--from", "2020-01-01", "--until", "2026-05-09", "--every"];
    let several = snapshot(&[&weeks[..], &["2319d"]].concat());
    let all = ["8a2f", "b13c"].map(str::to_owned).to_vec();
    assert_eq!(several, (2, all));
    for (wrong, expected) in [
        (&["--from", "2026-05-08"][..], "--until"),
        (&["--at", "2026-05-08", "--every", "1d"], "--from"),
        (&[], "--at"),
    ] {
        let args = ["snapshot", "watch_next", "-o", &output];
        let ran = run(&files.args(&[&args, wrong].concat()));
        assert!(
            ran.code == Some(2) && ran.err.contains(expected),
            "{}",
            ran.err
        );
    }
    let other = fail(&files.args(&[
        "snapshot",
        "rank_title",
        "--at",
        "2026-05-08",
        "-o",
        &output,
    ]));
    assert!(
        other.contains("title.parquet") || other.contains("no view of service `rank_title`"),
        "{other}"
    );
}

/// The users of a result.
fn rows(path: &str) -> Vec<String> {
    let connection = duckdb::Connection::open_in_memory().unwrap();
    let sql = format!("SELECT user_id FROM read_parquet('{path}')");
    let mut statement = connection.prepare(&sql).unwrap();
    let users = statement.query_map([], |row| row.get(0)).unwrap();
    users.collect::<Result<_, _>>().unwrap()
}

/// Runs a command for which every file ends at this many kilobytes, as on a disk that is full.
#[cfg(unix)]
fn run_full(kilobytes: u32, args: &[&str]) -> super::Ran {
    let watch = super::watch(args);
    let limits = format!("trap '' XFSZ; ulimit -f {kilobytes}; exec \"$0\" \"$@\"");
    let mut command = std::process::Command::new("bash");
    command
        .args(["-c", &limits])
        .arg(watch.get_program())
        .args(watch.get_args());
    command.output().unwrap().into()
}

/// Entity rows that take some megabytes.
#[cfg(unix)]
fn large_spine(files: &Files) -> String {
    let spine = files.path("spine.parquet");
    let sql = format!(
        "COPY (SELECT 'u' || i AS user_id, TIMESTAMP '2026-05-07' AS event_timestamp, \
         md5(CAST(i AS VARCHAR)) AS label FROM range(300000) AS r(i)) TO '{spine}' (FORMAT parquet)"
    );
    duckdb::Connection::open_in_memory()
        .unwrap()
        .execute_batch(&sql)
        .unwrap();
    spine
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_while_the_result_is_written_names_it_and_leaves_an_older_one() {
    let files = Files::new();
    let spine = large_spine(&files);
    let output = files.path("train.parquet");
    std::fs::write(&output, "old").unwrap();
    let args = ["historical", "watch_next", "--spine", &spine, "-o", &output];
    let ran = run_full(1000, &files.args(&args));
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{}", ran.err);
    assert!(
        ran.err.contains(&format!("can't write {output}: ")),
        "{}",
        ran.err
    );
    assert_eq!(std::fs::read(&output).unwrap(), b"old");
    let mut left: Vec<_> = std::fs::read_dir(files.directory.path()).unwrap().collect();
    left.retain(|entry| {
        !entry
            .as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .ends_with("redb")
    });
    assert_eq!(left.len(), 2, "{left:?}");
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_while_spilling_names_the_directory_and_leaves_nothing() {
    let files = Files::new();
    let spine = large_spine(&files);
    let (output, spill) = (files.path("train.parquet"), files.path("spill"));
    let args = [
        "historical",
        "watch_next",
        "--spine",
        &spine,
        "-o",
        &output,
        "--temp-directory",
        &spill,
        "--memory-limit",
        "30MB",
        "--threads",
        "1",
    ];
    let ran = run_full(200, &files.args(&args));
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{}", ran.err);
    assert!(ran.err.contains(&spill), "{}", ran.err);
    let begins = "error: what is larger than memory can't be spilled: ";
    assert!(
        ran.err.starts_with(begins) && ran.err.contains("--temp-directory"),
        "{}",
        ran.err
    );
    assert!(!Path::new(&output).exists());
    assert_eq!(std::fs::read_dir(&spill).unwrap().count(), 0);
}
