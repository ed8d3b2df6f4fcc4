//! Online stores, processes, a server, and DuckDB, for the tests.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use featurestore::http::HttpSettings;
use featurestore::prelude::*;
use featurestore_tests::RedisServer;
use serde_json::Value as Json;
use tempfile::TempDir;

/// An online store of a test's own, gone with it.
pub(crate) struct Online {
    url: String,
    pub(crate) server: Option<RedisServer>,
    directory: TempDir,
}

impl Online {
    pub(crate) fn redis() -> Self {
        let server = RedisServer::start().unwrap();
        Self {
            url: server.url(),
            server: Some(server),
            directory: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn embedded() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            url: format!("embedded:{}", directory.path().join("o.redb").display()),
            server: None,
            directory,
        }
    }

    /// Its address, which any process can open it by.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A directory for whatever else the test writes.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A clock that a test sets.
#[derive(Clone)]
pub(crate) struct Watch(Arc<AtomicI64>);

impl Watch {
    pub(crate) fn at(time: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(time.timestamp_micros())))
    }

    pub(crate) fn set(&self, time: Timestamp) {
        self.0.store(time.timestamp_micros(), Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        let micros = Arc::clone(&self.0);
        Clock::from_fn(move || {
            Timestamp::from_timestamp_micros(micros.load(Ordering::SeqCst)).unwrap()
        })
    }
}

/// What a process printed and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A program with nothing in its environment that featurestore reads.
pub(crate) fn program(path: &str) -> Command {
    let mut command = Command::new(path);
    command
        .env_remove("FEATURESTORE_ONLINE")
        .env_remove("FEATURESTORE_DATA_ROOT");
    command
}

/// The command line of the watch-next example.
pub(crate) fn features(args: &[&str]) -> Command {
    let mut command = program(env!("CARGO_BIN_EXE_example-watch-next-features"));
    command.args(args);
    command
}

pub(crate) fn run(args: &[&str]) -> Ran {
    features(args).output().unwrap().into()
}

/// Runs a command that must succeed: the JSON that it prints.
pub(crate) fn run_json(args: &[&str]) -> Json {
    let ran = run(&[args, &["--json"]].concat());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{args:?}");
    serde_json::from_str(&ran.out).unwrap()
}

/// The retrieval service on a socket, until the test ends.
pub(crate) struct Served {
    url: String,
    client: reqwest::Client,
}

impl Served {
    pub(crate) async fn start(store: FeatureStore) -> Self {
        Self::with(HttpSettings::new(), store).await
    }

    pub(crate) async fn with(settings: HttpSettings, store: FeatureStore) -> Self {
        let server = settings.bind(store, "127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", server.local_addr());
        tokio::spawn(server.run(std::future::pending()));
        Self {
            url,
            client: reqwest::Client::new(),
        }
    }

    /// What a path answers: the status and the text.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let url = format!("{}{path}", self.url);
        let answer = self.client.get(url).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Posts a request for features: the answer's status and text.
    pub(crate) async fn post(&self, body: impl ToString) -> (u16, String) {
        let url = format!("{}/get-online-features", self.url);
        let request = self.client.post(url).body(body.to_string());
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Posts a request that must be answered.
    pub(crate) async fn ask(&self, body: Json) -> Json {
        let (status, answer) = self.post(&body).await;
        assert_eq!(status, 200, "{body}: {answer}");
        serde_json::from_str(&answer).unwrap()
    }
}

impl Served {
    /// Calls a tool over the Model Context Protocol: its result.
    pub(crate) async fn call(&self, tool: &str, arguments: Json) -> Json {
        let call = serde_json::json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": tool, "arguments": arguments},
        });
        let request = self
            .client
            .post(format!("{}/mcp", self.url))
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2025-06-18");
        let answer = request.body(call.to_string()).send().await.unwrap();
        let mut answer: Json = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        answer["result"].take()
    }
}

/// Runs statements in a `DuckDB` of their own.
pub(crate) fn sql(statements: &str) {
    let connection = duckdb::Connection::open_in_memory().unwrap();
    let done = connection.execute_batch(statements);
    done.unwrap_or_else(|error| panic!("{error}: {statements}"));
}

/// The rows of a query, every value as text, a null as `-`.
pub(crate) fn query(sql: &str) -> Vec<Vec<String>> {
    let connection = duckdb::Connection::open_in_memory().unwrap();
    let text = format!("SELECT COLUMNS(*)::VARCHAR FROM ({sql})");
    let mut statement = connection
        .prepare(&text)
        .unwrap_or_else(|error| panic!("{error}: {sql}"));
    let mut rows = statement.query([]).unwrap();
    let mut texts = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let columns = row.as_ref().column_count();
        let cell = |index| row.get::<_, Option<String>>(index).unwrap();
        let cells = (0..columns).map(cell);
        texts.push(
            cells
                .map(|cell| cell.unwrap_or_else(|| "-".to_owned()))
                .collect(),
        );
    }
    texts
}
