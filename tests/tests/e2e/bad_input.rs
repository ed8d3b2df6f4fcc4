//! Bad input from one end to the other: what is said, where, with which way out, how the process
//! ends, and what is left behind.

use std::path::{Path, PathBuf};

use featurestore::prelude::*;
use serde_json::json;
use watch_next::{LastGenre, UserSegment, WatchActivity, WatchNext};

use crate::support::{Online, Ran, Served, run, run_json, sql};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/watch-next/data");

/// A copy of the example's data, to spoil.
struct Copy {
    online: Online,
}

impl Copy {
    fn new() -> Self {
        let online = Online::embedded();
        let copy = Self { online };
        std::fs::create_dir(copy.path("data")).unwrap();
        for name in ["user_segment", "watch_count_30d", "last_genre", "messages"] {
            let file = format!("{name}.parquet");
            std::fs::copy(Path::new(DATA).join(&file), copy.path("data").join(file)).unwrap();
        }
        copy
    }

    fn path(&self, name: &str) -> PathBuf {
        self.online.directory().join(name)
    }

    fn counts(&self) -> PathBuf {
        self.path("data/watch_count_30d.parquet")
    }

    /// Replaces the counts by the rows of a query.
    fn write_counts(&self, query: &str) {
        let path = self.counts();
        sql(&format!(
            "COPY ({query}) TO '{}' (FORMAT parquet)",
            path.display()
        ));
    }

    fn args<'a>(&'a self, args: &[&'a str]) -> Vec<&'a str> {
        let root = self.online.directory().to_str().unwrap();
        [args, &["--data-root", root, "--online", self.online.url()]].concat()
    }

    fn run(&self, args: &[&str]) -> Ran {
        run(&self.args(args))
    }

    /// Neither a materialization nor a training set can be made of the counts: checks what both
    /// say, and that all else is there and nothing half is.
    fn check(&self, says: &[&str]) {
        let ran = self.run(&["materialize"]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let message = ran
            .err
            .strip_prefix("error: 1 of 3 views failed:\n  ")
            .unwrap();
        let messages = [message.to_owned(), self.training_error()];
        for message in &messages {
            for part in says.iter().chain(&["`watch_activity`"]) {
                assert!(message.contains(part), "{message}\nlacks {part}");
            }
            assert!(
                message.contains("data/watch_count_30d.parquet"),
                "{message}"
            );
        }
        let answer = run_json(&self.args(&["get", "watch_next", "-k", "8a2f"]));
        assert_eq!(
            answer["features"],
            json!({ "user_segment": "power_user", "watch_count_30d": 0, "last_genre": "documentary" })
        );
        assert_eq!(answer["metadata"]["watch_count_30d"]["status"], "missing");
    }

    fn training_error(&self) -> String {
        let [spine, output] =
            ["data/messages.parquet", "train.parquet"].map(|name| self.path(name));
        let [spine, output] = [&spine, &output].map(|path| path.to_str().unwrap());
        let before = self.files();
        let ran = self.run(&[
            "historical",
            "watch_next",
            "--spine",
            spine,
            "--output",
            output,
        ]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
        assert_eq!(
            self.files(),
            before,
            "a training set that fails leaves no file"
        );
        ran.err.strip_prefix("error: ").unwrap().to_owned()
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.online.directory()).unwrap();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }
}

#[test]
fn a_source_that_is_not_there_names_the_file_and_where_paths_start() {
    let copy = Copy::new();
    std::fs::remove_file(copy.counts()).unwrap();
    copy.check(&["there is no such file", "put the file there", "`data_root`"]);
}

#[test]
fn a_source_that_is_cut_off_is_named() {
    let copy = Copy::new();
    let whole = std::fs::read(copy.counts()).unwrap();
    for length in [0, 3, whole.len() / 2, whole.len() - 1] {
        std::fs::write(copy.counts(), &whole[..length]).unwrap();
        copy.check(&["can't read"]);
    }
    // Once it is whole again, so is the store.
    std::fs::write(copy.counts(), whole).unwrap();
    assert_eq!(copy.run(&["materialize"]).code, Some(0));
    let answer = run_json(&copy.args(&["get", "watch_next", "-k", "8a2f"]));
    assert_eq!(answer["features"]["watch_count_30d"], 47);
}

#[test]
fn a_source_with_damaged_pages_gives_no_rows_and_no_file() {
    let copy = Copy::new();
    let mut bytes = std::fs::read(copy.counts()).unwrap();
    // The footer stays whole, so that the damage shows only while the rows are read.
    for byte in &mut bytes[4..60] {
        *byte ^= 0xA5;
    }
    std::fs::write(copy.counts(), bytes).unwrap();
    let ran = copy.run(&["materialize"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let named = format!(
        "view `watch_activity` can't read {}: ",
        copy.counts().display()
    );
    let message = format!("error: 1 of 3 views failed:\n  {named}");
    assert!(ran.err.starts_with(&message), "{}", ran.err);
    let message = copy.training_error();
    assert!(message.starts_with(&named), "{message}");
    let answer = run_json(&copy.args(&["get", "watch_next", "-k", "8a2f"]));
    assert_eq!(answer["metadata"]["watch_count_30d"]["status"], "missing");
    assert_eq!(answer["metadata"]["last_genre"]["status"], "found");
}

#[test]
fn a_column_that_the_source_lacks_is_named_with_the_nearest_and_the_others() {
    let copy = Copy::new();
    copy.write_counts(
        "SELECT '8a2f' AS user_id, TIMESTAMP '2026-05-07' AS event_timestamp, 1 AS watch_cuont_30d",
    );
    copy.check(&[
        "FS0061: no column `watch_count_30d`",
        "did you mean `watch_cuont_30d`?",
        "it has event_timestamp, user_id, watch_cuont_30d",
    ]);
    copy.write_counts("SELECT TIMESTAMP '2026-05-07' AS event_timestamp, 1 AS watch_count_30d");
    copy.check(&[
        "FS0061: no column `user_id`",
        "it has event_timestamp, watch_count_30d",
    ]);
}

#[test]
fn a_column_of_another_type_is_named_with_both_types() {
    let copy = Copy::new();
    copy.write_counts("SELECT '8a2f' AS user_id, TIMESTAMP '2026-05-07' AS event_timestamp, 1.5::DOUBLE AS watch_count_30d");
    copy.check(&[
        "FS0060: `watch_count_30d`",
        "is declared as i64",
        "has `watch_count_30d` as f64",
        "mend the source",
    ]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_drifted_is_on_the_pages_and_in_the_metrics_of_a_service_that_goes_on() {
    let copy = Copy::new();
    assert_eq!(copy.run(&["materialize"]).code, Some(0));
    copy.write_counts("SELECT '8a2f' AS user_id, TIMESTAMP '2026-05-07' AS event_timestamp, 1.5::DOUBLE AS watch_count_30d");
    let registry = registry![UserSegment, WatchActivity, LastGenre, WatchNext];
    let store = watch_next::store()
        .registry(registry)
        .data_root(copy.online.directory())
        .online(copy.online.url());
    let served = Served::start(store.open().await.unwrap()).await;
    let (_, metrics) = served.get("/metrics").await;
    for sample in [
        "featurestore_view_source_drift{view=\"watch_activity\"} 1\n",
        "featurestore_view_source_drift{view=\"last_genre\"} 0\n",
    ] {
        assert!(metrics.contains(sample), "{metrics}");
    }
    let ready = (200, r#"{"status":"ready","drifted_views":1}"#.to_owned());
    assert_eq!(served.get("/ready").await, ready);
    let (_, home) = served.get("/").await;
    assert_eq!(home.matches("source drifted").count(), 1, "{home}");
    let (_, page) = served.get("/registry/views/watch_activity").await;
    assert!(page.contains("FS0060: `watch_count_30d`"), "{page}");
    let request = json!({ "user_id": "8a2f", "service": "watch_next" });
    let answer = served.ask(request).await;
    assert_eq!(answer["features"]["watch_count_30d"], 47);
}

#[test]
fn a_value_out_of_range_is_counted_shown_and_kept_out() {
    let copy = Copy::new();
    assert_eq!(copy.run(&["materialize"]).code, Some(0));
    copy.write_counts(
        "SELECT user_id, TIMESTAMP '2026-05-07 21:30:00' AS event_timestamp, n::BIGINT AS watch_count_30d \
         FROM (VALUES ('8a2f', -1), ('b13c', 6)) AS t(user_id, n)",
    );
    let report = run_json(&copy.args(&["materialize", "watch_activity"]));
    let view = &report["views"][0];
    assert_eq!(
        (&view["written"], &view["rejected"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(view["rejections"][0]["key"], "8a2f");
    let reason = view["rejections"][0]["reason"].as_str().unwrap();
    assert!(
        reason.contains("-1") && reason.contains("range 0.."),
        "{reason}"
    );
    let count = |user| {
        let answer = run_json(&copy.args(&["get", "watch_activity", "-k", user]));
        answer["features"]["watch_count_30d"].clone()
    };
    assert_eq!((count("8a2f"), count("b13c")), (json!(47), json!(6)));
}

#[test]
fn an_unknown_name_on_the_command_line_lists_the_known() {
    for (args, says) in [
        (
            &["get", "watch_activty", "-k", "8a2f"][..],
            "no view or service `watch_activty` (did you mean `watch_activity`?); there is: last_genre, user_segment, watch_activity, watch_next\n",
        ),
        (
            &["get", "view:watch_next", "-k", "8a2f"],
            "no view `watch_next`; there is: last_genre, user_segment, watch_activity\n",
        ),
        (
            &["materialize", "last_genre", "watch_next"],
            "no view `watch_next`; there is: last_genre, user_segment, watch_activity\n",
        ),
        (
            &["schema", "genres"],
            "there is: last_genre, user_segment, watch_activity, watch_next\n",
        ),
    ] {
        let copy = Copy::new();
        let ran = copy.run(args);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{args:?}");
        assert!(
            ran.err.starts_with("error: no view") && ran.err.ends_with(says),
            "{}",
            ran.err
        );
        assert!(!copy.path("o.redb").exists(), "nothing was materialized");
    }
}

#[test]
fn a_file_that_is_no_embedded_store_is_named() {
    let copy = Copy::new();
    std::fs::write(copy.path("o.redb"), "not a store, but somebody's notes").unwrap();
    for args in [&["get", "watch_next", "-k", "8a2f"][..], &["materialize"]] {
        let ran = copy.run(args);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{args:?}");
        assert!(
            ran.err.contains(copy.path("o.redb").to_str().unwrap()),
            "{}",
            ran.err
        );
    }
    let notes = std::fs::read_to_string(copy.path("o.redb")).unwrap();
    assert_eq!(notes, "not a store, but somebody's notes");
}
