//! Moving the latest rows of a million entities with three views each from Parquet to Redis, newer
//! rows winning, beside the bare pipelined HSET of the same rows over one connection: into an
//! empty store, and over older rows. `cargo xtask bench materialize` runs it, with a
//! `redis-server` of its own. With a number, there are that many entities, and the peak of the
//! process's memory is all that is measured.

#[allow(dead_code, unreachable_pub)] // a bench needs less of it than the tests
#[path = "../../src/redis_server.rs"]
mod redis_server;

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use featurestore::materialize::ViewReport;
use featurestore::prelude::*;
use redis_server::RedisServer;
use tempfile::TempDir;
use tokio::runtime::Runtime;

const ENTITIES: usize = 1_000_000;
/// How many entities a pipeline of the bare HSET has; more are no quicker.
const PIPELINE: usize = 2_000;
/// Two rows of each entity, a day apart.
const TIMES: [&str; 2] = ["2026-05-06T00:00:00Z", "2026-05-07T00:00:00Z"];

/// How much a user watches.
#[feature_view(entity = "user_id", source = "data/activity.parquet")]
#[derive(Debug, Clone)]
pub struct Watching {
    /// Who.
    pub user_id: String,
    /// When.
    pub event_timestamp: Timestamp,
    /// Titles.
    #[column(range = 0..)]
    pub watch_count_30d: i64,
}

/// What a user looks for.
#[feature_view(entity = "user_id", source = "data/activity.parquet")]
#[derive(Debug, Clone)]
pub struct Searching {
    /// Who.
    pub user_id: String,
    /// When.
    pub event_timestamp: Timestamp,
    /// Searches.
    pub search_count_7d: i32,
    /// How many of them found what was looked for.
    pub success: Option<f64>,
}

/// What a user likes.
#[feature_view(entity = "user_id", source = "data/activity.parquet")]
#[derive(Debug, Clone)]
pub struct Liking {
    /// Who.
    pub user_id: String,
    /// When.
    pub event_timestamp: Timestamp,
    /// A genre.
    pub last_genre: Option<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = Runtime::new()?;
    let count = std::env::args().find_map(|argument| argument.parse().ok());
    let directory = tempfile::tempdir()?;
    let entities = count.unwrap_or(ENTITIES);
    write_source(&directory, entities)?;
    if count.is_some() {
        return runtime.block_on(peak(&directory, entities));
    }
    runtime.block_on(compare(&directory))
}

fn write_source(directory: &TempDir, entities: usize) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir(directory.path().join("data"))?;
    let path = directory.path().join("data/activity.parquet");
    duckdb::Connection::open_in_memory()?.execute_batch(&format!(
        "COPY (SELECT printf('%08x', i) AS user_id, t AS event_timestamp, i % 200 AS watch_count_30d, \
         CAST(i % 50 AS INTEGER) AS search_count_7d, (i % 100) / 100.0::DOUBLE AS success, \
         ['drama', 'comedy', 'documentary', 'thriller'][i % 4 + 1] AS last_genre \
         FROM (VALUES (TIMESTAMP '{}'), (TIMESTAMP '{}')) AS times(t), range({entities}) AS users(i)) \
         TO '{}' (FORMAT parquet)",
        TIMES[0],
        TIMES[1],
        path.display()
    ))?;
    Ok(())
}

async fn open(directory: &Path, online: &str, at: &str) -> Result<FeatureStore, Box<dyn Error>> {
    let registry = registry![Watching, Searching, Liking];
    let store = FeatureStore::builder("bench").registry(registry);
    let store = store.data_root(directory).online(online);
    Ok(store.clock(Clock::fixed(at.parse()?)).open().await?)
}

/// Materializes all views; gives how many rows went into the store per second.
async fn materialize(directory: &Path, online: &str, at: &str) -> Result<f64, Box<dyn Error>> {
    let store = open(directory, online, at).await?;
    let report = store.materialize().run().await?;
    if let Some(error) = report.failed().find_map(ViewReport::error) {
        return Err(error.to_string().into());
    }
    let rows: u64 = report.views().iter().map(ViewReport::written).sum();
    Ok(f64::from(u32::try_from(rows)?) / report.took().as_secs_f64())
}

async fn compare(directory: &TempDir) -> Result<(), Box<dyn Error>> {
    println!("rows per second, {ENTITIES} entities with three views each");
    let server = RedisServer::start()?;
    let empty = materialize(directory.path(), &server.url(), TIMES[0]).await?;
    let rows = stored(&server)?;
    let over = materialize(directory.path(), &server.url(), TIMES[1]).await?;
    let newer = stored(&server)?;
    drop(server);
    let server = RedisServer::start()?;
    let bare_empty = hset(&server, &rows).await?;
    let bare_over = hset(&server, &newer).await?;
    for (what, own, bare, wanted) in [
        ("into an empty store", empty, bare_empty, 0.6),
        ("over older rows", over, bare_over, 0.5),
    ] {
        println!(
            "  {what:<20} {own:>8.0}, bare HSET {bare:>8.0}: {:.2} times, wanted are {wanted}",
            own / bare
        );
    }
    Ok(())
}

type Entity = (Vec<u8>, Vec<(Vec<u8>, Vec<u8>)>);

/// What the server has of entities, as it stands there.
fn stored(server: &RedisServer) -> Result<Vec<Entity>, Box<dyn Error>> {
    let mut connection = server.connect()?;
    let mut keys: Vec<Vec<u8>> = redis::cmd("KEYS").arg("bench:*").query(&mut connection)?;
    keys.retain(|key| !key.starts_with(b"bench::"));
    let mut entities = Vec::with_capacity(keys.len());
    for keys in keys.chunks(PIPELINE) {
        let mut pipeline = redis::pipe();
        for key in keys {
            pipeline.cmd("HGETALL").arg(key);
        }
        let rows: Vec<Vec<(Vec<u8>, Vec<u8>)>> = pipeline.query(&mut connection)?;
        entities.extend(keys.iter().cloned().zip(rows));
    }
    Ok(entities)
}

/// Writes the rows with a bare HSET per entity; gives how many per second.
async fn hset(server: &RedisServer, entities: &[Entity]) -> Result<f64, Box<dyn Error>> {
    let client = redis::Client::open(server.url())?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    let started = Instant::now();
    let mut rows = 0;
    for entities in entities.chunks(PIPELINE) {
        let mut pipeline = redis::pipe();
        for (key, fields) in entities {
            pipeline.cmd("HSET").arg(key).arg(fields).ignore();
            rows += fields.len();
        }
        pipeline.query_async::<()>(&mut connection).await?;
    }
    Ok(f64::from(u32::try_from(rows)?) / started.elapsed().as_secs_f64())
}

/// Prints the most memory that the process had while it materialized into an embedded store.
async fn peak(directory: &TempDir, entities: usize) -> Result<(), Box<dyn Error>> {
    let online = std::env::var("FEATURESTORE_ONLINE");
    let online = online.unwrap_or_else(|_| "embedded:online.redb".to_owned());
    // What writing the source took is no part of it.
    std::fs::write("/proc/self/clear_refs", "5")?;
    let rate = materialize(directory.path(), &online, TIMES[1]).await?;
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let line = line.ok_or("/proc/self/status says no VmHWM")?;
    println!("{entities} entities with three views each, {rate:.0} rows per second, {line}");
    Ok(())
}
