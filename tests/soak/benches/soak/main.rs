//! The retrieval service under load for ten minutes: 64 connections ask without a pause while the
//! views are materialized again and again, and Redis is killed and started once. No answer may be
//! wrong, none may fail but while Redis is down, and the server's memory must stay flat.
//! `cargo xtask bench soak` runs it, with a `redis-server` of its own; `--seconds N` for another
//! length.

#[allow(dead_code, unreachable_pub)] // a bench needs less of it than the tests
#[path = "../../../src/redis_server.rs"]
mod redis_server;

mod asking;
mod verdict;
mod views;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use asking::{Run, read};
use featurestore::http::Server;
use featurestore::prelude::*;
use redis_server::RedisServer;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};
use verdict::judge;
use views::{Rating, Segments, Users, Watching};

const CONNECTIONS: usize = 64;
const ENTITIES: usize = 20_000;
/// How long after one materialization the next begins.
const PAUSE: Duration = Duration::from_secs(10);
/// How long Redis stays down.
const DOWN: Duration = Duration::from_secs(3);
/// Names the online store to the process that only serves.
const SERVE: &str = "FEATURESTORE_SOAK_ONLINE";

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
    Ok(store.data_root(directory).online(online).open().await?)
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

/// The memory that a process has, in KiB.
fn resident(process: u32) -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let line = line.ok_or("the server has ended")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
