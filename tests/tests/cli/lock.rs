//! `lock`, `plan`, and what a store compares with when it opens.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use tempfile::TempDir;

use super::{Ran, fail, run, succeed};

/// A data root with a file per view, and the lock that was written of them.
struct Root {
    directory: TempDir,
}

const SOURCES: [(&str, &str); 4] = [
    ("last_genre", "'drama' AS last_genre, 'a' AS user_id"),
    (
        "title",
        "1.5::DOUBLE AS stars, 1::UBIGINT AS votes, 'x'::BLOB AS thumbnail, DATE '2026-05-01' AS released, 'drama' AS last_genre, 1::BIGINT AS title_id",
    ),
    ("user_segment", "'casual' AS user_segment, 'a' AS user_id"),
    (
        "watch_count_30d",
        "47::INTEGER AS watch_count_30d, 'a' AS user_id",
    ),
];

impl Root {
    /// Has the files; no lock.
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("data")).unwrap();
        let root = Self { directory };
        for (name, columns) in SOURCES {
            root.write(name, columns);
        }
        root
    }

    /// Has the files and their lock.
    fn locked() -> Self {
        let root = Self::new();
        root.succeed(&["lock"]);
        root
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn write(&self, name: &str, columns: &str) {
        let path = self.path().join("data").join(format!("{name}.parquet"));
        let query = format!(
            "COPY (SELECT {columns}, TIMESTAMP '2026-05-07' AS event_timestamp) TO '{}' (FORMAT parquet)",
            path.display()
        );
        let connection = duckdb::Connection::open_in_memory().unwrap();
        connection.execute_batch(&query).unwrap();
    }

    fn lock(&self) -> String {
        fs::read_to_string(self.path().join("featurestore.lock")).unwrap()
    }

    /// Changes the lock, as if the declarations had been other ones when it was written.
    fn edit(&self, from: &str, to: &str) -> &Self {
        let lock = self.lock();
        assert!(lock.contains(from), "{from} is not in\n{lock}");
        let path = self.path().join("featurestore.lock");
        fs::write(path, lock.replace(from, to)).unwrap();
        self
    }

    fn args<'a>(&'a self, args: &[&'a str]) -> Vec<&'a str> {
        [args, &["--data-root", self.path().to_str().unwrap()]].concat()
    }

    fn succeed(&self, args: &[&str]) -> String {
        succeed(&self.args(args))
    }

    fn run(&self, args: &[&str]) -> Ran {
        run(&self.args(args))
    }

    /// The changes that a command prints as JSON, as `what name item change`, and its status.
    fn changes(&self, args: &[&str], last: &str) -> (Option<i32>, Vec<String>) {
        let ran = self.run(&[args, &["--json"]].concat());
        let json: Json = serde_json::from_str(&ran.out).unwrap();
        let text = |change: &Json| {
            let words = ["name", "item", last].map(|key| change[key].as_str().unwrap_or("-"));
            words.join(" ")
        };
        let changes = json["changes"].as_array().unwrap().iter().map(text);
        (ran.code, changes.collect())
    }
}

#[test]
fn a_lock_is_written_once_and_never_churns() {
    let root = Root::new();
    let out = root.succeed(&["lock"]);
    assert!(
        out.contains("featurestore.lock written: 10 differences"),
        "{out}"
    );
    let first = root.lock();
    for line in [
        "[source data/watch_count_30d.parquet]",
        "watch_count_30d i32?",
        "column rating f64 from stars",
        "column user_segment enum(\"casual\", \"power_user\")?",
        "meaning settling 5m",
        "metadata owner marketing",
        "watch_count_30d watch_activity watch_count_30d",
    ] {
        assert!(
            first.lines().any(|found| found == line),
            "no `{line}` in\n{first}"
        );
    }
    assert!(!first.contains(root.path().to_str().unwrap()), "{first}");
    let path = root.path().join("featurestore.lock");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let out = root.succeed(&["lock"]);
    assert!(out.contains("is as it was: no differences"), "{out}");
    assert_eq!(root.lock(), first);
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), modified);
    let out = root.succeed(&["lock", "--check"]);
    assert_eq!(out.lines().count(), 1, "{out}");
    let left: Vec<_> = fs::read_dir(root.path()).unwrap().collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_layout_that_rows_may_still_have_stays_in_the_lock() {
    let root = Root::locked();
    let older = "layout 0cb5208 watch_count_30d i32";
    let line = "layout 3d6c32b watch_count_30d i64";
    root.edit(line, &format!("{line}\n{older}"))
        .edit("metadata owner marketing", "metadata owner sales");
    root.succeed(&["lock"]);
    for line in [line, older, "metadata owner marketing"] {
        assert!(
            root.lock().lines().any(|found| found == line),
            "{}",
            root.lock()
        );
    }
}

#[test]
fn another_file_can_be_named() {
    let root = Root::new();
    let path = root.path().join("other.lock");
    root.succeed(&["lock", "--lock", path.to_str().unwrap()]);
    assert!(path.is_file() && !root.path().join("featurestore.lock").exists());
    root.succeed(&["lock", "--check", "--lock", path.to_str().unwrap()]);
    let note = "the compiler reads the one of a crate's directory, which this is not";
    assert!(root.succeed(&["lock"]).contains(note));
    fs::remove_file(root.path().join("featurestore.lock")).unwrap();
    fs::write(root.path().join("Cargo.toml"), "").unwrap();
    assert!(!root.succeed(&["lock"]).contains(note));
}

#[test]
fn the_check_finds_what_became_of_the_sources_and_writes_nothing() {
    let root = Root::locked();
    root.write("last_genre", "'drama' AS genre, 'a' AS user_id");
    root.write(
        "watch_count_30d",
        "1.7::DOUBLE AS watch_count_30d, 'a' AS user_id",
    );
    root.edit("user_segment string?", "user_segment string");
    let before = root.lock();
    let ran = root.run(&["lock", "--check"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err.contains("differs in 4 places from what is live"),
        "{}",
        ran.err
    );
    let header = ran.out.lines().nth(2).unwrap();
    assert_eq!(
        header.split_whitespace().collect::<Vec<_>>(),
        ["WHAT", "NAME", "ITEM", "CHANGE", "IN", "THE", "LOCK", "NOW"]
    );
    let expected = [
        "data/last_genre.parquet genre added",
        "data/last_genre.parquet last_genre gone",
        "data/user_segment.parquet user_segment now nullable",
        "data/watch_count_30d.parquet watch_count_30d changed",
    ];
    let (code, changes) = root.changes(&["lock", "--check"], "change");
    assert_eq!(
        (code, changes),
        (Some(1), expected.map(str::to_owned).to_vec())
    );
    assert_eq!(root.lock(), before);
    assert_eq!(root.changes(&["lock"], "change").0, Some(0));
    root.succeed(&["lock", "--check"]);
}

#[test]
fn the_check_finds_what_became_of_the_views() {
    let root = Root::locked();
    root.edit("[view last_genre]", "[view genre]")
        .edit("[view title]", "[view title@2]")
        .edit("column watch_count_30d i64", "column watch_count_30d i32")
        .edit("metadata type watch::declarations::LastGenre\n", "");
    let (code, changes) = root.changes(&["lock", "--check"], "change");
    assert_eq!(code, Some(1));
    assert_eq!(
        changes,
        [
            "genre - gone",
            "last_genre - renamed",
            "title - changed",
            "watch_activity watch_count_30d changed",
        ]
    );
}

#[test]
fn a_plan_says_what_each_change_means_and_its_status_is_the_worst() {
    let graded = |from: &str, to: &str| {
        let root = Root::locked();
        root.edit(from, to);
        let (code, changes) = root.changes(&["plan"], "grade");
        assert_eq!(changes.len(), 1, "{changes:?}");
        let exit_code = root.run(&["plan", "--exit-code"]).code;
        (changes[0].clone(), code, exit_code)
    };
    let is = |change: &str, code, exit_code| (change.to_owned(), Some(code), Some(exit_code));
    assert_eq!(
        graded("metadata owner marketing", "metadata owner sales"),
        is("user_segment owner metadata only", 0, 0)
    );
    assert_eq!(
        graded("column watch_count_30d i64", "column watch_count_30d i32"),
        is("watch_activity watch_count_30d compatible", 0, 0)
    );
    assert_eq!(
        graded("meaning ttl 2d", "meaning ttl 3d"),
        is("watch_activity ttl recompute", 0, 3)
    );
    assert_eq!(
        graded(
            "meaning source data/title.parquet",
            "meaning source data/old.parquet"
        ),
        is("title source recompute", 0, 3)
    );
    assert_eq!(
        graded(
            "column last_genre string\nkey user_id",
            "column last_genre bytes\nkey user_id"
        ),
        is("last_genre last_genre breaking", 1, 1)
    );
    let root = Root::locked();
    root.edit("column watch_count_30d i64\n", "");
    let out = root.succeed(&["plan"]);
    let order = "materialize with this build before it serves: until then stored rows lack `watch_count_30d` of `watch_activity`";
    assert!(out.contains(order), "{out}");
    let root = Root::locked();
    let out = root.succeed(&["plan", "--exit-code"]);
    assert!(!out.contains("before it serves"), "{out}");
    assert_eq!(out.lines().count(), 1, "{out}");
    assert!(
        out.contains("sources are not looked at, which `lock --check` does"),
        "{out}"
    );
    root.edit(
        "column last_genre string\nkey user_id",
        "column last_genre bytes\nkey user_id",
    );
    let ran = root.run(&["plan"]);
    assert!(
        ran.err
            .contains("1 change is breaking; give the view a new `version`"),
        "{}",
        ran.err
    );
}

#[test]
fn a_source_that_is_not_at_hand_keeps_what_is_recorded_of_it() {
    let root = Root::locked();
    let before = root.lock();
    fs::remove_file(root.path().join("data/title.parquet")).unwrap();
    for args in [&["lock", "--check"][..], &["lock"]] {
        let ran = root.run(args);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(
            ran.err
                .starts_with("note: `data/title.parquet` is not at hand"),
            "{}",
            ran.err
        );
    }
    assert_eq!(root.lock(), before);
    fs::remove_file(root.path().join("featurestore.lock")).unwrap();
    assert!(fail(&root.args(&["lock"])).contains("data/title.parquet"));
    assert!(!root.path().join("featurestore.lock").exists());
}

#[test]
fn a_lock_that_can_not_be_read_is_written_anew_but_never_verified() {
    let root = Root::locked();
    let before = root.lock();
    root.edit(
        "column last_genre string\nkey user_id",
        "<<<<<<< HEAD\nkey user_id",
    );
    assert!(fail(&root.args(&["lock", "--check"])).contains("`<<<<<<< HEAD`"));
    let ran = root.run(&["lock"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("`<<<<<<< HEAD`"), "{}", ran.err);
    assert_eq!(root.lock(), before);
}

#[test]
fn a_file_that_changed_since_the_program_was_compiled_stops_what_reads_it_and_nothing_else() {
    let root = Root::new();
    root.succeed(&["list"]);
    root.write(
        "watch_count_30d",
        "1.7::DOUBLE AS watch_count_30d, 'a' AS user_id",
    );
    root.write("user_segment", "'casual' AS user_segmnet, 'a' AS user_id");
    root.succeed(&["list"]);
    root.succeed(&["tools", "--format", "openai"]);
    let message = run(&root.args(&["materialize"])).err;
    for text in [
        "2 of 4 views failed",
        "FS0060: `watch_count_30d` of view `watch_activity` is declared as i64, but data/watch_count_30d.parquet has `watch_count_30d` as f64",
        "FS0061: no column `user_segment` in data/user_segment.parquet (did you mean `user_segmnet`?)",
    ] {
        assert!(message.contains(text), "{message}");
    }
    // What mends it works.
    root.succeed(&["plan"]);
    root.succeed(&["lock"]);
}

#[test]
fn a_machine_without_data_opens() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().to_str().unwrap();
    assert!(succeed(&["list", "--data-root", root]).contains("watch_activity"));
}

#[test]
fn a_view_that_the_lock_knows_and_the_program_lacks_stops_the_start() {
    let root = Root::locked();
    let lock = root.lock();
    let other = "\n[view trailer]\nkey user_id string\nmetadata type trailers::views::Trailer\n";
    fs::write(root.path().join("featurestore.lock"), lock + other).unwrap();
    let message = fail(&root.args(&["list"]));
    assert!(
        message.starts_with("FS0080: featurestore.lock knows `trailer` (trailers::views::Trailer)"),
        "{message}"
    );
    assert!(message.contains("add `use trailers as _;`"), "{message}");
    // Gone on purpose.
    root.succeed(&["lock"]);
    root.succeed(&["list"]);
}
