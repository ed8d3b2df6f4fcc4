//! Views over the tables of a `DuckDB` file: training sets, materialization, the lock.

use std::fs;
use std::process::Command;

use serde_json::Value as Json;
use tempfile::TempDir;

use super::Ran;

/// A data root whose database has two users' orders and visits.
struct Shop(TempDir);

impl Shop {
    fn new() -> Self {
        let shop = Self(tempfile::tempdir().unwrap());
        shop.sql(
            "CREATE TABLE orders AS SELECT * FROM (VALUES ('a', TIMESTAMP '2026-05-01', 100::BIGINT), \
             ('a', '2026-05-03', 300), ('b', '2026-05-01', 200)) AS r(user_id, event_timestamp, amount); \
             CREATE SCHEMA warehouse; \
             CREATE VIEW warehouse.visits AS SELECT 'b' AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp, 'sale' AS page",
        );
        let spine = "user_id,event_timestamp\na,2026-05-02 10:00:00\nb,2026-05-02 10:00:00\nc,2026-05-02 10:00:00\n";
        fs::write(shop.path("spine.csv"), spine).unwrap();
        shop
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn connection(&self) -> duckdb::Connection {
        duckdb::Connection::open(self.path("shop.duckdb")).unwrap()
    }

    fn sql(&self, statements: &str) {
        self.connection().execute_batch(statements).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tables"));
        command.args(args).arg("--data-root").arg(self.0.path());
        command
            .arg("--online")
            .arg(format!("embedded:{}", self.path("o.redb")));
        command
            .env_remove("FEATURESTORE_DATABASE")
            .current_dir(self.0.path());
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        let database = self.path("shop.duckdb");
        let args = [args, &["--database", &database]].concat();
        self.command(&args).output().unwrap().into()
    }

    fn succeed(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.code, Some(0), "{args:?}: {}", ran.err);
        ran.out
    }
}

const HISTORICAL: [&str; 6] = [
    "historical",
    "shopper",
    "--spine",
    "spine.csv",
    "-o",
    "train.parquet",
];

/// The features of the result.
fn trained(shop: &Shop) -> Vec<String> {
    let connection = duckdb::Connection::open_in_memory().unwrap();
    let sql = format!(
        "SELECT amount || ' ' || coalesce(page, '-') FROM read_parquet('{}')",
        shop.path("train.parquet")
    );
    let mut statement = connection.prepare(&sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_training_set_reads_tables_of_the_database_that_a_flag_or_the_environment_names() {
    let shop = Shop::new();
    shop.succeed(&HISTORICAL);
    assert_eq!(trained(&shop), ["100 -", "200 sale", "0 -"]);
    fs::remove_file(shop.path("train.parquet")).unwrap();
    let named = shop
        .command(&HISTORICAL)
        .env("FEATURESTORE_DATABASE", "shop.duckdb")
        .output();
    let named = Ran::from(named.unwrap());
    assert_eq!(named.code, Some(0), "{}", named.err);
    assert_eq!(trained(&shop), ["100 -", "200 sale", "0 -"]);
    let unnamed = Ran::from(shop.command(&HISTORICAL).output().unwrap());
    assert_eq!(unnamed.code, Some(1));
    assert!(
        unnamed
            .err
            .contains("view `orders` reads table `orders`, and the store has no DuckDB database"),
        "{}",
        unnamed.err
    );
}

#[test]
fn a_database_that_another_process_writes_is_named_with_the_reason() {
    let shop = Shop::new();
    let writer = shop.connection();
    let ran = shop.run(&HISTORICAL);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    let path = shop.path("shop.duckdb");
    assert!(
        ran.err
            .contains(&format!("the database {path} can't be read: ")),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("lock") && ran.err.contains("it is named by --database"),
        "{}",
        ran.err
    );
    drop(writer);
    shop.succeed(&HISTORICAL);
}

#[test]
fn tables_are_materialized() {
    let shop = Shop::new();
    shop.succeed(&["materialize"]);
    let out = shop.succeed(&[
        "get",
        "shopper",
        "-k",
        "a",
        "--now",
        "2026-05-03T10:00:00Z",
        "--json",
    ]);
    let json: Json = serde_json::from_str(&out).unwrap();
    assert_eq!(json["features"]["amount"], 300);
    let out = shop.succeed(&[
        "get",
        "shopper",
        "-k",
        "b",
        "--now",
        "2026-05-02T10:00:00Z",
        "--json",
    ]);
    let json: Json = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (
            json["features"]["amount"].clone(),
            json["features"]["page"].clone()
        ),
        (200.into(), "sale".into())
    );
}

#[test]
fn the_lock_records_tables_and_its_check_finds_what_became_of_them() {
    let shop = Shop::new();
    shop.succeed(&["lock"]);
    let lock = fs::read_to_string(shop.path("featurestore.lock")).unwrap();
    for line in [
        "[source orders]",
        "amount i64?",
        "[source warehouse.visits]",
        "page string?",
    ] {
        assert!(
            lock.lines().any(|found| found == line),
            "no `{line}` in\n{lock}"
        );
    }
    shop.succeed(&["lock", "--check"]);
    shop.sql(
        "ALTER TABLE orders ALTER amount TYPE DOUBLE; ALTER TABLE orders ADD COLUMN note VARCHAR",
    );
    let ran = shop.run(&["lock", "--check", "--json"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let json: Json = serde_json::from_str(&ran.out).unwrap();
    let changes = json["changes"].as_array().unwrap().iter();
    let changes: Vec<String> = changes
        .map(|change| {
            ["name", "item", "change"]
                .map(|key| change[key].as_str().unwrap_or("-"))
                .join(" ")
        })
        .collect();
    assert_eq!(changes, ["orders amount changed", "orders note added"]);
    assert_eq!(
        fs::read_to_string(shop.path("featurestore.lock")).unwrap(),
        lock
    );
    // What drifted is not joined either.
    let ran = shop.run(&HISTORICAL);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err
            .contains("FS0060: `amount` of view `orders` is declared as i64, but"),
        "{}",
        ran.err
    );
}

#[test]
fn a_snapshot_of_tables_has_their_users() {
    let shop = Shop::new();
    shop.succeed(&[
        "snapshot",
        "shopper",
        "--at",
        "2026-05-02T12:00:00Z",
        "-o",
        "train.parquet",
    ]);
    assert_eq!(trained(&shop), ["100 -", "200 sale"]);
}
