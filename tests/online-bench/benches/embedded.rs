//! What a read of the embedded store costs beside redb's own read of the same bytes: in the process
//! that writes, beside redb that has the file alone; in one that only reads, beside redb that shares
//! it in the same way; and in that while there are commits.
//! `cargo xtask bench embedded` runs it.

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use featurestore::codec::{Header, encode_row};
use featurestore::key::EntityKey;
use featurestore::online::{Address, EmbeddedStore, EntityRead, Merge, OnlineStore, RowWrite};
use featurestore::prelude::*;
use redb::{ConcurrencyMode, Database, ReadableDatabase, TableDefinition};
use tokio::runtime::Builder;

const TABLE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("online");
const ENTITIES: i64 = 100_000;
const READS: usize = 200_000;
/// How often the writer commits while reads are measured beside it.
const EVERY: Duration = Duration::from_millis(10);

/// Ten counters.
#[feature_view(entity = "user_id", table = "counters")]
#[derive(Debug, Clone)]
pub struct Counters {
    /// Who.
    pub user_id: i64,
    /// When.
    pub event_timestamp: Timestamp,
    /// Number 0.
    pub count_0: i64,
    /// Number 1.
    pub count_1: i64,
    /// Number 2.
    pub count_2: i64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("online.redb");
    let copy = directory.path().join("copy.redb");
    let rows = rows()?;
    let runtime = Builder::new_multi_thread().worker_threads(1).build()?;
    runtime.block_on(EmbeddedStore::new(&path).write(&rows))?;
    std::fs::copy(&path, &copy)?;

    println!("reading one of {ENTITIES} rows, {READS} reads in a random order");
    let own = Database::open(&copy)?;
    let alone = report("redb's own get", None, &mut opened(&own, &rows)?);
    report(
        "redb, table kept open",
        Some(alone),
        &mut kept(&own, &rows)?,
    );
    drop(own);
    let shared = Database::builder()
        .set_concurrency_mode(ConcurrencyMode::SingleWriter)
        .open_read_only(&copy)?;
    let mut times = opened(&shared, &rows)?;
    let shared_base = report("redb's, file shared", Some(alone), &mut times);
    drop(shared);

    let reader = EmbeddedStore::new(&path);
    let mut times = runtime.block_on(read_all(&reader, &rows))?;
    report("in a process that reads", Some(shared_base), &mut times);
    let writer = Arc::new(EmbeddedStore::new(&path));
    runtime.block_on(writer.write(&rows[..1]))?;
    let mut times = runtime.block_on(read_all(&writer, &rows))?;
    report("in the one that writes", Some(alone), &mut times);
    let (mut times, commits) = runtime.block_on(read_beside_commits(&reader, &writer, &rows))?;
    report(
        &format!("beside {commits} commits"),
        Some(shared_base),
        &mut times,
    );
    size(&path)
}

/// A row for each entity.
fn rows() -> Result<Vec<RowWrite>, Box<dyn Error>> {
    let event_timestamp = "2026-05-07T21:00:00Z".parse()?;
    let view = Counters::definition();
    let row = |user_id: i64| {
        let row = Counters {
            user_id,
            event_timestamp,
            count_0: user_id % 100,
            count_1: user_id,
            count_2: -1,
        };
        let header = Header::new(view.layout().id(), event_timestamp, None);
        let mut bytes = Vec::new();
        encode_row(view.layout(), &header, &row.values(), &mut bytes)?;
        let address = Address::new("bench", &view.key_values(&user_id.to_parts())?);
        Ok(RowWrite::new(
            address,
            view.field(),
            bytes,
            Merge::NewerWins,
        ))
    };
    (0..ENTITIES).map(row).collect()
}

/// The rows in a random order that is the same in every run.
fn shuffled(rows: &[RowWrite]) -> impl Iterator<Item = &RowWrite> {
    let mut state = 0x5eed_u64;
    (0..READS).filter_map(move |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        rows.get(usize::try_from(state % rows.len() as u64).ok()?)
    })
}

fn key(row: &RowWrite) -> Vec<u8> {
    [row.address.as_bytes(), b"\0", row.field.as_bytes()].concat()
}

/// Reads with a transaction and a table of their own each.
fn opened(database: &impl ReadableDatabase, rows: &[RowWrite]) -> Result<Times, Box<dyn Error>> {
    let mut times = Vec::with_capacity(READS);
    for row in shuffled(rows) {
        let key = key(row);
        let started = Instant::now();
        let table = database.begin_read()?.open_table(TABLE)?;
        black_box(table.get(&key[..])?.ok_or("no such row")?.value());
        times.push(started.elapsed());
    }
    Ok(times)
}

fn kept(database: &impl ReadableDatabase, rows: &[RowWrite]) -> Result<Times, Box<dyn Error>> {
    let table = database.begin_read()?.open_table(TABLE)?;
    let mut times = Vec::with_capacity(READS);
    for row in shuffled(rows) {
        let key = key(row);
        let started = Instant::now();
        black_box(table.get(&key[..])?.ok_or("no such row")?.value());
        times.push(started.elapsed());
    }
    Ok(times)
}

async fn read_all(store: &EmbeddedStore, rows: &[RowWrite]) -> Result<Times, Box<dyn Error>> {
    let mut times = Vec::with_capacity(READS);
    for row in shuffled(rows) {
        let fields = [&*row.field];
        let read = [EntityRead::new(&row.address, &fields)];
        let started = Instant::now();
        let found = black_box(store.read(&read).await?);
        times.push(started.elapsed());
        if found[0][0].is_none() {
            return Err("no such row".into());
        }
    }
    Ok(times)
}

/// Reads while another handle of the file commits; gives how often it did.
async fn read_beside_commits(
    reader: &EmbeddedStore,
    writer: &Arc<EmbeddedStore>,
    rows: &[RowWrite],
) -> Result<(Times, u32), Box<dyn Error>> {
    let reading = Arc::new(AtomicBool::new(true));
    let committing = {
        let (writer, reading) = (Arc::clone(writer), Arc::clone(&reading));
        let row = rows[..1].to_vec();
        std::thread::spawn(move || {
            let runtime = Builder::new_current_thread().build()?;
            let mut commits = 0;
            while reading.load(Ordering::Relaxed) {
                runtime
                    .block_on(writer.write(&row))
                    .map_err(std::io::Error::other)?;
                commits += 1;
                std::thread::sleep(EVERY);
            }
            Ok::<_, std::io::Error>(commits)
        })
    };
    let times = read_all(reader, rows).await?;
    reading.store(false, Ordering::Relaxed);
    let commits = committing.join().map_err(|_| "the writer panicked")??;
    Ok((times, commits))
}

type Times = Vec<Duration>;

/// Prints the median and the 99th percentile; gives the median.
fn report(what: &str, base: Option<Duration>, times: &mut Times) -> Duration {
    times.sort_unstable();
    let [median, late] = [times[times.len() / 2], times[times.len() / 100 * 99]];
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    print!(
        "  {what:<24} p50 {:>5.2} µs  p99 {:>6.2} µs",
        micros(median),
        micros(late)
    );
    match base {
        Some(base) => println!("  {:.2} times redb's", micros(median) / micros(base)),
        None => println!(),
    }
    median
}

fn size(path: &Path) -> Result<(), Box<dyn Error>> {
    let size = std::fs::metadata(path)?.len();
    println!("  the file has {} MiB", size >> 20);
    Ok(())
}
