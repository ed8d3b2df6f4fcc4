//! The two servers that are compared, each in a process of its own.

use std::collections::HashMap;
use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use featurestore::http::Server;
use redis::aio::MultiplexedConnection;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

use crate::views;

pub(crate) const OWN: &str = "serve-own";
pub(crate) const BARE: &str = "serve-bare";
/// Names the file of answers in the environment.
const ANSWERS: &str = "FEATURESTORE_BENCH_ANSWERS";

/// Serves until the process that started this one ends.
pub(crate) fn serve(kind: &str, redis: &str) -> Result<(), Box<dyn Error>> {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        if kind == OWN {
            let server = Server::bind(views::open(redis).await?, "127.0.0.1:0").await?;
            println!("{}", server.local_addr());
            server.run(std::future::pending()).await?;
        } else {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            println!("{}", listener.local_addr()?);
            let client = redis::Client::open(redis)?;
            let connection = client.get_multiplexed_async_connection().await?;
            axum::serve(listener, bare(connection, answers()?)).await?;
        }
        Ok(())
    })
}

/// What a request says; the rest of it is taken as read.
#[derive(Deserialize)]
struct Asked<'a> {
    user_id: &'a str,
}

/// The least that a server can do for the same answer: an HMGET of texts, and a format.
fn bare(connection: MultiplexedConnection, answers: Answers) -> Router {
    Router::new()
        .route("/get-online-features", post(bare_features))
        .with_state(Arc::new(Bare {
            connection,
            answers,
        }))
}

/// What the bare server has.
struct Bare {
    connection: MultiplexedConnection,
    answers: Answers,
}

/// The answers to requests about many entities, by what they ask: their bytes are written, whatever was
/// read for them.
type Answers = HashMap<Vec<u8>, Vec<u8>>;

/// Reads the answers, a line each behind the line of what they answer, from the file that is named in the
/// environment, where one is.
fn answers() -> std::io::Result<Answers> {
    let Some(file) = std::env::var_os(ANSWERS) else {
        return Ok(Answers::new());
    };
    let text = std::fs::read_to_string(file)?;
    let lines: Vec<&str> = text.lines().collect();
    let pairs = lines.chunks_exact(2);
    let pairs = pairs.map(|pair| (pair[0].as_bytes().to_vec(), pair[1].as_bytes().to_vec()));
    Ok(pairs.collect())
}

async fn bare_features(State(bare): State<Arc<Bare>>, body: Bytes) -> Response {
    if let Some(answer) = bare.answers.get(&body[..]) {
        return bare_many(&bare.connection, &body, answer).await;
    }
    let Ok(Asked { user_id }) = serde_json::from_slice(&body) else {
        return axum::http::StatusCode::BAD_REQUEST.into_response();
    };
    let mut connection = MultiplexedConnection::clone(&bare.connection);
    let mut command = redis::cmd("HMGET");
    command
        .arg(bare_key(user_id))
        .arg(&["segment", "count", "genre"]);
    let found: redis::RedisResult<(String, String, String)> =
        command.query_async(&mut connection).await;
    let Ok((segment, count, genre)) = found else {
        return axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let body = format!(
        r#"{{"user_id":"{user_id}","features":{{"user_segment":"{segment}","watch_count_30d":{count},"last_genre":"{genre}"}}}}"#
    );
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// The users of a request in either form.
#[derive(Deserialize)]
struct AskedMany<'a> {
    #[serde(borrow, alias = "entities")]
    user_id: Users<'a>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Users<'a> {
    #[serde(borrow)]
    Plain(Vec<&'a str>),
    Feast {
        #[serde(borrow)]
        user_id: Vec<&'a str>,
    },
}

/// Reads the same rows as the service, in one pipeline, and writes as many bytes.
async fn bare_many(connection: &MultiplexedConnection, body: &[u8], answer: &[u8]) -> Response {
    let Ok(AskedMany { user_id: users }) = serde_json::from_slice(body) else {
        return axum::http::StatusCode::BAD_REQUEST.into_response();
    };
    let (Users::Plain(users) | Users::Feast { user_id: users }) = users;
    let mut pipeline = redis::pipe();
    for user in &users {
        let command = pipeline.cmd("HMGET").arg(views::key(user));
        for field in views::wide_fields() {
            command.arg(field);
        }
    }
    let mut connection = connection.clone();
    let found: redis::RedisResult<Vec<Vec<Option<Vec<u8>>>>> =
        pipeline.query_async(&mut connection).await;
    let is_whole = |found: &Vec<Vec<Option<Vec<u8>>>>| {
        let mut rows = found.iter().flatten();
        found.len() == users.len() && rows.all(Option::is_some)
    };
    if !found.as_ref().is_ok_and(is_whole) {
        return axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let body = answer.to_vec();
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// Writes what the bare server reads.
pub(crate) async fn fill_bare(redis: &str) -> redis::RedisResult<()> {
    let mut connection = redis::Client::open(redis)?
        .get_multiplexed_async_connection()
        .await?;
    let mut pipeline = redis::pipe();
    for user in 0..views::USERS {
        let fields = [
            ("segment", views::segment(user).to_owned()),
            ("count", views::count(user).to_string()),
            ("genre", views::genre(user).to_owned()),
        ];
        pipeline.hset_multiple(bare_key(&views::user_id(user)), &fields);
    }
    pipeline.query_async(&mut connection).await
}

fn bare_key(user_id: &str) -> String {
    format!("bare:user_id:{user_id}")
}

/// A server's process, ended with this.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: String,
}

impl Process {
    pub(crate) fn start(kind: &str, redis: &str) -> Result<Self, Box<dyn Error>> {
        Self::start_with(kind, redis, None)
    }

    /// Starts one that answers what a file says.
    pub(crate) fn start_with(
        kind: &str,
        redis: &str,
        answers: Option<&Path>,
    ) -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new(std::env::current_exe()?)
            .args([kind, redis])
            .envs(answers.map(|file| (ANSWERS, file)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut address = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut address)?;
        }
        let address = address.trim().to_owned();
        let process = Self { child, address };
        if process.address.is_empty() {
            return Err(format!("{kind} did not start").into());
        }
        Ok(process)
    }

    /// The body of its answer to one request.
    pub(crate) fn ask(&self, body: &str) -> Result<String, Box<dyn Error>> {
        let mut stream = TcpStream::connect(&self.address)?;
        let (host, length) = (&self.address, body.len());
        write!(
            stream,
            "POST /get-online-features HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (_, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
        Ok(body.to_owned())
    }

    /// The processor time that it has had, in seconds; nothing where the system does not say.
    pub(crate) fn processor_time(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        // Behind the name, which may have any sign, come the state and, as fields 14 and 15, the
        // times of the process and of the system for it, in hundredths.
        let (_, fields) = stat.rsplit_once(')')?;
        let times = fields.split_whitespace().skip(11).take(2);
        let ticks: Option<Vec<f64>> = times.map(|ticks| ticks.parse().ok()).collect();
        Some(ticks?.iter().sum::<f64>() / 100.0)
    }

    /// The most memory that it has had, in MB; nothing where the system does not say.
    pub(crate) fn peak_memory(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
        Some(kilobytes / 1024.0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
