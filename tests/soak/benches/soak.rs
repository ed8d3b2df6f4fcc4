//! The retrieval service under load for ten minutes: 64 connections ask without a pause while the
//! views are materialized again and again, and Redis is killed and started once. No answer may be
//! wrong, none may fail but while Redis is down, and the server's memory must stay flat.
//! `cargo xtask bench soak` runs it, with a `redis-server` of its own; `--seconds N` for another
//! length.

#[allow(dead_code, unreachable_pub)] // a bench needs less of it than the tests
#[path = "../../src/redis_server.rs"]
mod redis_server;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use featurestore::http::Server;
use featurestore::prelude::*;
use redis_server::RedisServer;
use serde_json::Value as Json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};

const CONNECTIONS: usize = 64;
const ENTITIES: usize = 20_000;
/// How long after one materialization the next begins.
const PAUSE: Duration = Duration::from_secs(10);
/// How long Redis stays down.
const DOWN: Duration = Duration::from_secs(3);
/// How long after Redis is up again a request may still fail.
const RECOVERY: Duration = Duration::from_secs(5);
/// How much more memory the server may have at the end than after it has warmed up, in KiB.
const GROWTH: u64 = 4 << 10;
/// Of whom to serve is asked in the process that only serves.
const SERVE: &str = "FEATURESTORE_SOAK_ONLINE";

/// How much a user watches.
#[feature_view(entity = "user_id", source = "users.parquet")]
#[derive(Debug, Clone)]
pub struct Watching {
    /// Who.
    pub user_id: String,
    /// When.
    pub event_timestamp: Timestamp,
    /// The time in seconds, times 1,000, and the user's number modulo 1,000.
    pub watched: i64,
}

/// How a user watches.
#[feature_view(entity = "user_id", source = "users.parquet")]
#[derive(Debug, Clone)]
pub struct Segments {
    /// Who.
    pub user_id: String,
    /// When.
    pub event_timestamp: Timestamp,
    /// The user, `@` and the time in seconds.
    pub segment: String,
}

/// How a user rates.
#[feature_view(entity = "user_id", source = "users.parquet")]
#[derive(Debug, Clone)]
pub struct Rating {
    /// Who.
    pub user_id: String,
    /// When.
    pub event_timestamp: Timestamp,
    /// The time in seconds and a half.
    pub rating: f64,
}

/// All of it.
#[feature_service]
#[derive(Debug, Clone)]
pub struct Users {
    /// The count.
    #[from(Watching)]
    pub watched: Option<i64>,
    /// The segment.
    #[from(Segments)]
    pub segment: Option<String>,
    /// The rating.
    #[from(Rating)]
    pub rating: Option<f64>,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    if let Ok(online) = std::env::var(SERVE) {
        serve(&online).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut arguments = std::env::args().skip_while(|argument| argument != "--seconds");
    let seconds = arguments.nth(1).map(|text| text.parse()).transpose()?;
    let length = Duration::from_secs(seconds.unwrap_or(600));
    soak(length).await
}

async fn open(directory: &Path, online: &str) -> Result<FeatureStore, featurestore::Error> {
    let store =
        FeatureStore::builder("soak").registry(registry![Watching, Segments, Rating, Users]);
    store.data_root(directory).online(online).open().await
}

/// Serves until the standard input ends, and says where first.
async fn serve(online: &str) -> Result<(), Box<dyn Error>> {
    let store = open(&PathBuf::from("."), online).await?;
    let server = Server::bind(store, "127.0.0.1:0").await?;
    println!("{}", server.local_addr());
    let stop = async {
        let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
    };
    Ok(server.run(stop).await?)
}

/// What all tasks share.
struct Run {
    started: Instant,
    /// The time that materialized rows count their seconds from, in seconds since 1970.
    epoch: i64,
    over: AtomicBool,
    /// Per user, the newest row that any answer has had.
    seen: Vec<AtomicI64>,
    answers: AtomicU64,
    /// Answers that are not right.
    wrong: Mutex<Vec<String>>,
    /// Answers that there were not, by when they were asked for.
    failed: Mutex<Vec<(Duration, String)>>,
}

impl Run {
    fn wrong(&self, what: String) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.push(what);
    }
}

async fn soak(length: Duration) -> Result<ExitCode, Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    // Every write is on disk before it is answered, so the rows outlive the server.
    let redis = RedisServer::start_with(&["--appendonly", "yes", "--appendfsync", "always"])?;
    let url = redis.url();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let run = Arc::new(Run {
        started: Instant::now(),
        epoch: i64::try_from(now.as_secs())?,
        over: AtomicBool::new(false),
        seen: (0..ENTITIES).map(|_| AtomicI64::new(-1)).collect(),
        answers: AtomicU64::new(0),
        wrong: Mutex::default(),
        failed: Mutex::default(),
    });
    let store = open(directory.path(), &url).await?;
    materialize(&store, directory.path(), &run).await?;
    let (mut server, address) = start(&url, directory.path()).await?;
    let process = server.id().ok_or("the server has ended")?;

    let readers: Vec<_> = (0..CONNECTIONS)
        .map(|reader| tokio::spawn(read(Arc::clone(&run), address.clone(), reader)))
        .collect();
    let writer = tokio::spawn(write(
        Arc::clone(&run),
        store,
        directory.path().to_owned(),
        length,
    ));
    let restart = tokio::task::spawn_blocking({
        let (run, mut redis) = (Arc::clone(&run), redis);
        move || -> std::io::Result<(RedisServer, Duration, Duration)> {
            std::thread::sleep((length / 2).saturating_sub(run.started.elapsed()));
            let down = run.started.elapsed();
            redis.kill()?;
            std::thread::sleep(DOWN);
            redis.restart()?;
            Ok((redis, down, run.started.elapsed()))
        }
    });
    let mut memory = Vec::new();
    while run.started.elapsed() < length {
        memory.push(resident(process)?);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    run.over.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await??;
    }
    let (rounds, failed_rounds) = writer.await?;
    let (redis, down, up) = restart.await??;
    drop(server.stdin.take());
    let ended = server.wait().await?;
    drop(redis);
    judge(
        &run,
        &memory,
        (down, up),
        (rounds, failed_rounds),
        ended.success(),
    )
}

/// Starts the process that serves; gives its address as well.
async fn start(online: &str, directory: &Path) -> Result<(Child, String), Box<dyn Error>> {
    let mut server = Command::new(std::env::current_exe()?)
        .env(SERVE, online)
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = server.stdout.take().ok_or("the server has no output")?;
    let mut address = String::new();
    BufReader::new(output).read_line(&mut address).await?;
    Ok((server, format!("http://{}", address.trim())))
}

/// Writes the source anew, as of this second, and materializes it.
async fn materialize(
    store: &FeatureStore,
    directory: &Path,
    run: &Run,
) -> Result<(), Box<dyn Error>> {
    let second = i64::try_from(run.started.elapsed().as_secs())?;
    let path = directory.join("users.parquet");
    let unfinished = directory.join("unfinished.parquet");
    let text = format!(
        "COPY (SELECT 'user-' || i AS user_id, \
         to_timestamp({}) AT TIME ZONE 'UTC' AS event_timestamp, \
         {second} * 1000 + i % 1000 AS watched, 'user-' || i || '@{second}' AS segment, \
         {second} + 0.5::DOUBLE AS rating FROM range({ENTITIES}) AS users(i)) \
         TO '{}' (FORMAT parquet)",
        run.epoch + second,
        unfinished.display()
    );
    tokio::task::spawn_blocking(move || duckdb::Connection::open_in_memory()?.execute_batch(&text))
        .await??;
    std::fs::rename(unfinished, path)?;
    let report = store.materialize().run().await?;
    match report.failed().find_map(|view| view.error()) {
        Some(error) => Err(error.to_string().into()),
        None => Ok(()),
    }
}

/// Materializes until the end; gives how often, and how often it failed.
async fn write(
    run: Arc<Run>,
    store: FeatureStore,
    directory: PathBuf,
    length: Duration,
) -> (usize, Vec<(Duration, String)>) {
    let (mut rounds, mut failed) = (1, Vec::new());
    while run.started.elapsed() + PAUSE < length {
        tokio::time::sleep(PAUSE).await;
        let began = run.started.elapsed();
        match materialize(&store, &directory, &run).await {
            Ok(()) => rounds += 1,
            Err(error) => failed.push((began, error.to_string())),
        }
    }
    (rounds, failed)
}

/// Asks without a pause over one connection, and looks at every answer.
async fn read(run: Arc<Run>, address: String, reader: usize) -> Result<(), reqwest::Error> {
    let client = reqwest::Client::builder()
        .pool_max_idle_per_host(1)
        .build()?;
    let url = format!("{address}/get-online-features");
    let mut turn = reader * 7919;
    while !run.over.load(Ordering::Relaxed) {
        turn += CONNECTIONS;
        let user = turn * 31 % ENTITIES;
        let body = format!(r#"{{"user_id":"user-{user}","service":"users","metadata":true}}"#);
        let asked = run.started.elapsed();
        // Whatever is asked for now is no older than what any answer has had.
        let floor = run.seen[user].load(Ordering::SeqCst);
        let answer = async {
            let answer = client.post(&url).body(body).send().await?;
            Ok::<_, reqwest::Error>((answer.status().as_u16(), answer.text().await?))
        };
        match answer.await {
            Ok((200, text)) => {
                run.answers.fetch_add(1, Ordering::Relaxed);
                match check(&run, user, &text) {
                    Some(second) if second >= floor => {
                        run.seen[user].fetch_max(second, Ordering::SeqCst);
                    }
                    Some(second) => run.wrong(format!("{text} is of {second}, and was of {floor}")),
                    None => run.wrong(text),
                }
            }
            Ok((status, text)) => fail(&run, asked, format!("{status} {text}")),
            Err(error) => fail(&run, asked, error.to_string()),
        }
    }
    Ok(())
}

fn fail(run: &Run, asked: Duration, what: String) {
    let mut failed = run.failed.lock().unwrap_or_else(PoisonError::into_inner);
    failed.push((asked, what));
}

/// The second that all three rows of an answer are of; nothing where a value is not the one that
/// a row of that time has.
fn check(run: &Run, user: usize, text: &str) -> Option<i64> {
    let answer: Json = serde_json::from_str(text).ok()?;
    let watched = answer["features"]["watched"].as_i64()?;
    let second = watched / 1000;
    let time = Timestamp::from_timestamp(run.epoch + second, 0)?;
    let of_time = ["watched", "segment", "rating"].iter().all(|feature| {
        let known = &answer["metadata"][*feature];
        let at: Option<Timestamp> = known["event_timestamp"]
            .as_str()
            .and_then(|text| text.parse().ok());
        known["status"] == "found" && at == Some(time)
    });
    let rating = f64::from(i32::try_from(second).ok()?) + 0.5;
    let right = of_time
        && answer["user_id"] == format!("user-{user}")
        && usize::try_from(watched % 1000) == Ok(user % 1000)
        && answer["features"]["segment"] == format!("user-{user}@{second}")
        && answer["features"]["rating"].as_f64() == Some(rating);
    right.then_some(second)
}

/// The memory that a process has, in KiB.
fn resident(process: u32) -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let line = line.ok_or("the server has ended")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// Prints what came of it; fails where something was not as it must be.
fn judge(
    run: &Run,
    memory: &[u64],
    (down, up): (Duration, Duration),
    (rounds, failed_rounds): (usize, Vec<(Duration, String)>),
    ended_well: bool,
) -> Result<ExitCode, Box<dyn Error>> {
    let mut mistakes = Vec::new();
    let answers = run.answers.load(Ordering::Relaxed);
    let rate = answers / run.started.elapsed().as_secs().max(1);
    println!(
        "{CONNECTIONS} connections, {answers} answers ({rate} a second), {rounds} materializations"
    );
    let wrong = run.wrong.lock().unwrap_or_else(PoisonError::into_inner);
    println!("  wrong answers: {}", wrong.len());
    mistakes.extend(wrong.first().map(|text| format!("a wrong answer: {text}")));

    let while_down = |at: Duration| at + DOWN >= down && at <= up + RECOVERY;
    let failed = run.failed.lock().unwrap_or_else(PoisonError::into_inner);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, what) in failed.iter() {
        *kinds.entry(what.get(..70).unwrap_or(what)).or_default() += 1;
    }
    println!(
        "  redis was down from {:.1} s to {:.1} s; {} requests failed, from {:.1} s to {:.1} s",
        down.as_secs_f64(),
        up.as_secs_f64(),
        failed.len(),
        failed
            .iter()
            .map(|(at, _)| at.as_secs_f64())
            .fold(f64::INFINITY, f64::min),
        failed
            .iter()
            .map(|(at, _)| at.as_secs_f64())
            .fold(0.0, f64::max),
    );
    for (kind, count) in kinds {
        println!("    {count} times {kind}");
    }
    if failed.is_empty() {
        mistakes.push("no request failed, so redis was not down".to_owned());
    }
    for (at, what) in failed.iter().chain(&failed_rounds) {
        // A materialization that began before may be in the midst of it.
        if !while_down(*at) {
            mistakes.push(format!("failed at {:.1} s: {what}", at.as_secs_f64()));
        }
    }
    println!("  materializations that failed: {}", failed_rounds.len());

    let part = |from: usize, to: usize| {
        let part = &memory[memory.len() * from / 10..memory.len() * to / 10];
        part.iter().sum::<u64>() / u64::try_from(part.len()).unwrap_or(1).max(1)
    };
    let (warm, last) = (part(2, 4), part(8, 10));
    println!(
        "  memory of the server: {:.1} MB warm, {:.1} MB at the end, {:.1} MB at most",
        mb(warm),
        mb(last),
        mb(memory.iter().copied().max().unwrap_or_default())
    );
    if last > warm + GROWTH {
        mistakes.push("the server's memory grows".to_owned());
    }
    if !ended_well {
        mistakes.push("the server did not end well".to_owned());
    }
    mistakes.truncate(10);
    for mistake in &mistakes {
        println!("  MISTAKE: {mistake}");
    }
    Ok(if mistakes.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn mb(kib: u64) -> f64 {
    f64::from(u32::try_from(kib).unwrap_or(u32::MAX)) / 1024.0
}
