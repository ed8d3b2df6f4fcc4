//! What a read over Redis costs beside the bare commands for the same fields, sent through the same
//! client library: one entity for a service of three views over one connection, a thousand
//! entities in one call, and an entity that is kept in the process.
//! `cargo xtask bench online` runs it, with a `redis-server` of its own.

#[allow(dead_code, unreachable_pub)] // a bench needs less of it than the tests
#[path = "../../src/redis_server.rs"]
mod redis_server;

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use featurestore::prelude::*;
use redis::aio::MultiplexedConnection;
use redis_server::RedisServer;
use tokio::runtime::Builder;

const ENTITIES: usize = 10_000;
/// How many reads of one entity are timed, in turns of so many on each side.
const READS: usize = 20_000;
const TURN: usize = 500;
/// How many calls for many entities are timed, and how many entities each is about.
const CALLS: usize = 100;
const MANY: usize = 1_000;
const CACHED: usize = 200_000;

/// How a user watches.
#[feature_view(entity = "user_id", table = "segments", name = "user_segment")]
#[derive(Debug, Clone)]
pub struct Segments {
    /// Who.
    pub user_id: String,
    /// When.
    pub event_timestamp: Timestamp,
    /// The segment.
    pub user_segment: String,
}

/// How much a user watches.
#[feature_view(entity = "user_id", table = "activity", name = "watch_activity")]
#[derive(Debug, Clone)]
pub struct Activity {
    /// Who.
    pub user_id: String,
    /// When.
    pub event_timestamp: Timestamp,
    /// How much.
    pub watch_count_30d: i64,
}

/// What a user watched last.
#[feature_view(entity = "user_id", table = "genres", name = "last_genre")]
#[derive(Debug, Clone)]
pub struct Genres {
    /// Who.
    pub user_id: String,
    /// When.
    pub event_timestamp: Timestamp,
    /// The genre.
    pub last_genre: String,
}

/// All of it.
#[feature_service]
#[derive(Debug, Clone)]
pub struct Watching {
    /// The segment.
    #[from(Segments)]
    pub user_segment: Option<String>,
    /// The count.
    #[from(Activity, default = 0)]
    pub watch_count_30d: i64,
    /// The genre.
    #[from(Genres)]
    pub last_genre: Option<String>,
}

const FIELDS: [&str; 3] = ["user_segment", "watch_activity", "last_genre"];

fn main() -> Result<(), Box<dyn Error>> {
    let server = RedisServer::start()?;
    // As a service has it: one thread does the input and output.
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(&server))
}

async fn measure(server: &RedisServer) -> Result<(), Box<dyn Error>> {
    let open = async |url: String| {
        let declared = registry![Segments, Activity, Genres, Watching];
        let store = FeatureStore::builder("bench").registry(declared);
        store.online(url).open().await
    };
    let store = open(server.url()).await?;
    fill(&store).await?;
    let mut bare = redis::Client::open(server.url())?
        .get_multiplexed_async_connection()
        .await?;
    let keys: Vec<String> = (0..ENTITIES).map(|user| format!("user-{user}")).collect();

    let (mut own, mut other) = (Vec::with_capacity(READS), Vec::with_capacity(READS));
    for turn in 0..READS / TURN {
        for place in 0..TURN {
            let key = &keys[(turn * TURN + place) * 7919 % ENTITIES];
            let started = Instant::now();
            black_box(bare_one(&mut bare, key).await?);
            other.push(started.elapsed());
        }
        for place in 0..TURN {
            let key = &keys[(turn * TURN + place) * 7919 % ENTITIES];
            let started = Instant::now();
            black_box(store.serve::<Watching>(key).await?);
            own.push(started.elapsed());
        }
    }
    println!("one entity, three views, one connection");
    let (own_50, own_99) = report("serve", &mut own);
    let (other_50, other_99) = report("bare HMGET", &mut other);
    let times = |own: Duration, other: Duration| own.as_secs_f64() / other.as_secs_f64();
    println!(
        "  p50 {:.2} times (goal 1.1), p99 {:.2} times (goal 1.3)",
        times(own_50, other_50),
        times(own_99, other_99)
    );

    let (mut own, mut other) = (Duration::ZERO, Duration::ZERO);
    for call in 0..CALLS {
        let start = call * MANY % (ENTITIES - MANY);
        let keys = &keys[start..start + MANY];
        let started = Instant::now();
        black_box(bare_many(&mut bare, keys).await?);
        other += started.elapsed();
        let started = Instant::now();
        for served in store.serve_many::<Watching>(keys).await? {
            black_box(served?);
        }
        own += started.elapsed();
    }
    let rate = |took: Duration| {
        f64::from(u32::try_from(CALLS * MANY).unwrap_or(u32::MAX)) / took.as_secs_f64()
    };
    println!("{MANY} entities, three views, in one call");
    println!("  serve_many      {:>9.0} entities/s", rate(own));
    println!("  bare pipeline   {:>9.0} entities/s", rate(other));
    println!("  {:.2} of it (goal 0.85)", rate(own) / rate(other));

    let cached = open(format!("{}?cache=1000", server.url())).await?;
    let hot = &keys[42];
    for _ in 0..100 {
        black_box(cached.serve::<Watching>(hot).await?);
    }
    let started = Instant::now();
    for _ in 0..CACHED {
        black_box(cached.serve::<Watching>(hot).await?);
    }
    let each = started.elapsed() / u32::try_from(CACHED)?;
    println!("an entity that is kept in the process: {each:?} (goal 2 µs)");
    Ok(())
}

async fn fill(store: &FeatureStore) -> Result<(), Box<dyn Error>> {
    let event_timestamp: Timestamp = "2026-05-07T21:00:00Z".parse()?;
    let of = |user: usize| {
        (
            format!("user-{user}"),
            i64::try_from(user).unwrap_or_default(),
        )
    };
    let users = 0..ENTITIES;
    let segments = users.clone().map(|user| Segments {
        user_id: of(user).0,
        event_timestamp,
        user_segment: ["casual", "power_user"][user % 2].to_owned(),
    });
    store.push(&segments.collect::<Vec<_>>()).await?;
    let activity = users.clone().map(|user| Activity {
        user_id: of(user).0,
        event_timestamp,
        watch_count_30d: of(user).1 % 200,
    });
    store.push(&activity.collect::<Vec<_>>()).await?;
    let genres = users.map(|user| Genres {
        user_id: of(user).0,
        event_timestamp,
        last_genre: ["drama", "comedy", "documentary"][user % 3].to_owned(),
    });
    store.push(&genres.collect::<Vec<_>>()).await?;
    Ok(())
}

type Fields = Vec<Option<Vec<u8>>>;

async fn bare_one(bare: &mut MultiplexedConnection, key: &str) -> redis::RedisResult<Fields> {
    let address = format!("bench:user_id:{key}");
    let mut command = redis::cmd("HMGET");
    command.arg(address).arg(&FIELDS);
    command.query_async(bare).await
}

async fn bare_many(
    bare: &mut MultiplexedConnection,
    keys: &[String],
) -> redis::RedisResult<Vec<Fields>> {
    let mut pipeline = redis::pipe();
    for key in keys {
        let address = format!("bench:user_id:{key}");
        pipeline.cmd("HMGET").arg(address).arg(&FIELDS);
    }
    pipeline.query_async(bare).await
}

fn report(name: &str, times: &mut [Duration]) -> (Duration, Duration) {
    times.sort_unstable();
    let at = |share: usize| times[times.len() * share / 100];
    println!("  {name:<14} p50 {:>9.1?}  p99 {:>9.1?}", at(50), at(99));
    (at(50), at(99))
}
