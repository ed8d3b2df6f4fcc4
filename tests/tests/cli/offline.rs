use std::path::Path;

use serde_json::json;
use tempfile::TempDir;

use super::{fail, run, succeed};

/// The example's data, and an online store of the test's own. There is no file of titles.
struct Files {
    directory: TempDir,
    online: String,
}

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/watch-next");

impl Files {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let online = format!("embedded:{}", directory.path().join("o.redb").display());
        Self { directory, online }
    }

    fn args<'a>(&'a self, args: &[&'a str]) -> Vec<&'a str> {
        [args, &["--data-root", ROOT, "--online", &self.online]].concat()
    }

    fn path(&self, name: &str) -> String {
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
    for args in [
        &["materialize", "--incremental", "--from", "2026-05-01"][..],
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
    assert_eq!(
        json["features"],
        json!([
            { "name": "user_segment", "nulls": 1 },
            { "name": "watch_count_30d", "nulls": 0 },
            { "name": "last_genre", "nulls": 1 },
        ])
    );
    assert!(Path::new(&files.path("train.parquet")).is_file());
    let output = files.path("other.parquet");
    let historical = |service, spine| {
        fail(&files.args(&["historical", service, "--spine", spine, "-o", &output]))
    };
    assert!(historical("watch_nxt", &spine).contains("there is: rank_title, watch_next"));
    assert!(historical("watch_next", "/no/spine.csv").contains("/no/spine.csv"));
    assert!(historical("watch_next", &spine).contains("`event_timestamp`"));
    assert!(!Path::new(&output).exists());
}
