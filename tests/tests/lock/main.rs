//! A crate of its own, compiled by cargo as a user's is, from before it has a lock until it builds
//! from the lock alone.

#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

const DECLARATIONS: &str = r#"
use featurestore::prelude::*;

/// How much a user watches.
#[feature_view(entity = "user_id", source = "data/watch.parquet")]
#[derive(Debug, Clone)]
pub struct Watch {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub minutes: DTYPE,
}

/// What support noted of a user.
#[feature_view(entity = "user_id", source = "data/notes.csv")]
#[derive(Debug, Clone)]
pub struct Note {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub note: Option<String>,
}

/// What a user pays.
#[feature_view(entity = "user_id", sql = "SELECT 'a' AS user_id, TIMESTAMP '2026-05-07' AS at, 9 AS price")]
#[derive(Debug, Clone)]
pub struct Price {
    pub user_id: String,
    #[column(rename = "at")]
    pub event_timestamp: Timestamp,
    pub price: i64,
}

/// What the crate is for.
#[feature_service]
#[derive(Debug, Clone)]
pub struct Billing {
    #[from(Watch)]
    pub minutes: Option<DTYPE>,
    #[from(Price)]
    pub price: Option<i64>,
}

fn main() -> std::process::ExitCode {
    featurestore::cli::main(FeatureStore::builder("drifted"))
}
"#;

/// The crate, in the same place at every run, so that what it depends on is compiled once.
struct Crate(PathBuf);

/// What cargo printed, and whether it went well.
struct Ran {
    succeeded: bool,
    text: String,
}

impl Crate {
    fn new() -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("drifted");
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(directory.join("src")).unwrap();
        fs::create_dir_all(directory.join("data")).unwrap();
        let manifest = format!(
            "[package]\nname = \"drifted\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dependencies]\nfeaturestore = {{ path = {:?}, default-features = false, features = [\"duckdb\", \"embedded\", \"cli\"] }}\n\n\
             [profile.dev]\ndebug = \"line-tables-only\"\n\n[profile.dev.package.\"*\"]\ndebug = false\n\n[workspace]\n",
            format!("{WORKSPACE}/featurestore-runtime"),
        );
        fs::write(directory.join("Cargo.toml"), manifest).unwrap();
        fs::copy(
            format!("{WORKSPACE}/Cargo.lock"),
            directory.join("Cargo.lock"),
        )
        .unwrap();
        let here = Self(directory);
        here.declare("i64");
        let parquet = here.0.join("data/watch.parquet");
        let rows = "SELECT 'a' AS user_id, TIMESTAMP '2026-05-07' AS event_timestamp, 1.7::DOUBLE AS minutes";
        duckdb::Connection::open_in_memory()
            .unwrap()
            .execute_batch(&format!("COPY ({rows}) TO '{}'", parquet.display()))
            .unwrap();
        let notes = "user_id,event_timestamp,note\na,2026-05-07 10:00:00,called\n";
        fs::write(here.0.join("data/notes.csv"), notes).unwrap();
        here
    }

    fn declare(&self, dtype: &str) {
        let declarations = DECLARATIONS.replace("DTYPE", dtype);
        fs::write(self.0.join("src/main.rs"), declarations).unwrap();
    }

    fn cargo(&self, args: &[&str], drift: &str) -> Ran {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let output = Command::new(env!("CARGO"))
            .args([
                "--config",
                &format!("{WORKSPACE}/.cargo/config.toml"),
                "--offline",
            ])
            .args(args)
            .current_dir(&self.0)
            .env("CARGO_TARGET_DIR", target)
            .env("FEATURESTORE_DRIFT", drift)
            .env_remove("FEATURESTORE_DATA_ROOT")
            .env_remove("FEATURESTORE_ONLINE")
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran {
            succeeded: output.status.success(),
            text: text(&output.stdout) + &text(&output.stderr),
        }
    }

    fn lock(&self) -> String {
        fs::read_to_string(self.0.join("featurestore.lock")).unwrap()
    }
}

#[test]
fn a_crate_that_drift_keeps_from_compiling_gets_its_lock_and_then_builds_without_its_data() {
    let here = Crate::new();

    let check = here.cargo(&["check"], "");
    for code in [
        "FS0060: `minutes` of view `watch` is declared as i64, but data/watch.parquet has `minutes` as f64",
        "FS0062: the columns of `data/notes.csv` are not known",
        "FS0062: the columns of `SELECT 'a' AS user_id",
    ] {
        assert!(
            !check.succeeded && check.text.contains(code),
            "{}",
            check.text
        );
    }

    let lock = here.cargo(&["run", "--", "lock"], "allow");
    assert!(lock.succeeded, "{}", lock.text);
    let written = here.lock();
    for line in [
        "[source data/notes.csv]",
        "note string?",
        "[source \"SELECT 'a' AS user_id, TIMESTAMP '2026-05-07' AS at, 9 AS price\"]",
        "price i32?",
        "[source data/watch.parquet]",
        "minutes f64?",
        "meaning timestamp at",
        "metadata type drifted::Watch",
    ] {
        assert!(
            written.lines().any(|found| found == line),
            "no `{line}` in\n{written}"
        );
    }

    // With the lock, only the drift is left; and it says the same without the data.
    fs::rename(here.0.join("data"), here.0.join("away")).unwrap();
    let check = here.cargo(&["check"], "");
    assert!(!check.succeeded, "{}", check.text);
    assert!(
        check
            .text
            .contains("but featurestore.lock for data/watch.parquet has `minutes` as f64"),
        "{}",
        check.text
    );
    assert!(!check.text.contains("FS0062"), "{}", check.text);

    // The declaration is mended. It was published as i64, which a service reads.
    here.declare("f64");
    let check = here.cargo(&["check"], "");
    assert!(
        !check.succeeded && check.text.contains("FS0070"),
        "{}",
        check.text
    );
    let plan = here.cargo(&["run", "--quiet", "--", "plan"], "allow");
    assert!(
        !plan.succeeded && plan.text.contains("1 change is breaking"),
        "{}",
        plan.text
    );
    let lock = here.cargo(&["run", "--quiet", "--", "lock"], "allow");
    assert!(lock.succeeded, "{}", lock.text);
    assert!(
        lock.text
            .contains("note: `data/watch.parquet` is not at hand"),
        "{}",
        lock.text
    );
    let check = here.cargo(&["check"], "");
    assert!(check.succeeded, "{}", check.text);

    // Rows of before may still be in an online store.
    let layouts = here
        .lock()
        .lines()
        .filter(|line| line.starts_with("layout") && line.contains("minutes"))
        .count();
    assert_eq!(layouts, 2, "{}", here.lock());
}
