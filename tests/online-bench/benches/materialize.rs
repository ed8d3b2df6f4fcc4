//! Moving the latest rows of a million entities with three views each from Parquet to Redis, newer
//! rows winning, beside the bare pipelined HSET of the same rows over one connection: into an
//! empty store, and over older rows. `cargo xtask bench materialize` runs it, with a
//! `redis-server` of its own. With a number, there are that many entities, and the peak of the
//! process's memory is all that is measured; with `created` as well, of one view with a created
//! time. Beside the rows per second stands what they cost in
//! processor time, which says more on a machine that is busy.

#[allow(dead_code, unreachable_pub)] // a bench needs less of it than the tests
#[path = "../../src/redis_server.rs"]
mod redis_server;

use std::error::Error;
use std::fmt;
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

/// How much a user watches, as it was corrected last.
#[feature_view(
    entity = "user_id",
    source = "data/activity.parquet",
    created = "created"
)]
#[derive(Debug, Clone)]
pub struct Corrected {
    /// Who.
    pub user_id: String,
    /// When.
    pub event_timestamp: Timestamp,
    /// When that was written.
    pub created: Timestamp,
    /// Titles.
    #[column(range = 0..)]
    pub watch_count_30d: i64,
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
        "COPY (SELECT printf('%08x', i) AS user_id, t AS event_timestamp, t + to_microseconds(i) AS created, i % 200 AS watch_count_30d, \
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
    let registry = if std::env::args().any(|argument| argument == "created") {
        registry![Corrected]
    } else {
        registry![Watching, Searching, Liking]
    };
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
    println!("{ENTITIES} entities with three views each");
    let server = RedisServer::start()?;
    let own = async |at| measured(&server, materialize(directory.path(), &server.url(), at)).await;
    let empty = own(TIMES[0]).await?;
    let rows = stored(&server)?;
    let over = own(TIMES[1]).await?;
    let newer = stored(&server)?;
    drop(server);
    let server = RedisServer::start()?;
    let bare_empty = measured(&server, hset(&server, &rows)).await?;
    let bare_over = measured(&server, hset(&server, &newer)).await?;
    for (what, own, bare, wanted) in [
        ("into an empty store", empty, bare_empty, 0.6),
        ("over older rows", over, bare_over, 0.5),
    ] {
        println!("  {what}: {own}");
        println!("    bare HSET: {bare}");
        println!(
            "    {:.2} times its rows per second, wanted are {wanted}; per row, the server took {:.2} times as long",
            own.rate / bare.rate,
            own.server / bare.server
        );
    }
    Ok(())
}

/// What moving rows took.
struct Cost {
    /// Rows per second.
    rate: f64,
    /// Processor time of the server and of this process, in microseconds per row.
    server: f64,
    client: f64,
}

impl fmt::Display for Cost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rate,
            server,
            client,
        } = self;
        write!(
            formatter,
            "{rate:.0} rows per second; per row, the server works {server:.2} us and the client {client:.2} us"
        )
    }
}

/// Does what gives rows per second, and measures what that costs.
async fn measured(
    server: &RedisServer,
    work: impl Future<Output = Result<f64, Box<dyn Error>>>,
) -> Result<Cost, Box<dyn Error>> {
    let rows = f64::from(u32::try_from(3 * ENTITIES)?);
    let (before, own) = (worked(server.id())?, worked(std::process::id())?);
    let rate = work.await?;
    let (after, own_after) = (worked(server.id())?, worked(std::process::id())?);
    Ok(Cost {
        rate,
        server: (after - before) * 1e6 / rows,
        client: (own_after - own) * 1e6 / rows,
    })
}

/// How long a process has worked, in seconds of processor time.
fn worked(id: u32) -> Result<f64, Box<dyn Error>> {
    /// Linux's unit of these times everywhere it is used: a hundredth of a second.
    const TICKS: f64 = 100.0;
    let status = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    let (_, fields) = status.rsplit_once(')').ok_or("a process has a name")?;
    // User and system time are the 14th and 15th fields, the third follows the name.
    let times = fields.split_whitespace().skip(11).take(2);
    let ticks: Vec<u32> = times.map(str::parse).collect::<Result<_, _>>()?;
    Ok(f64::from(ticks.iter().sum::<u32>()) / TICKS)
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
    println!("{entities} entities, {rate:.0} rows per second, {line}");
    Ok(())
}
