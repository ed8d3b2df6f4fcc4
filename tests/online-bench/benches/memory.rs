//! What rows take in Redis: 100,000 entities with three views of one feature each, once of integers
//! and once as in the example watch-next, which has two texts, and 10,000 entities with 25 views of ten small integers each, beside what Feast takes for the same.
//! `cargo xtask bench memory` runs it, with a `redis-server` of its own.

#[allow(dead_code, unreachable_pub)] // a bench needs less of it than the tests
#[path = "../../src/redis_server.rs"]
mod redis_server;

use std::error::Error;

use featurestore::codec::{Header, encode_row};
use featurestore::online::{Address, Merge, OnlineStore, RedisStore, RowWrite};
use featurestore::prelude::*;
use featurestore::types::ValueRef;
use featurestore_schema::{Dtype, Layout, LayoutColumn};
use redis_server::RedisServer;
use tokio::runtime::Builder;

/// Where the addresses come from: of whom the rows are.
#[feature_view(entity = "user_id", table = "ids")]
#[derive(Debug, Clone)]
pub struct Ids {
    /// Who.
    pub user_id: String,
    /// When.
    pub event_timestamp: Timestamp,
    /// A number.
    pub count_0: i64,
}

/// Rows of one view: its field, and what the row of an entity has.
struct View {
    field: &'static str,
    layout: Layout,
    values: fn(i64) -> Vec<Option<ValueRef<'static>>>,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("memory of a Redis server, without what it takes when it is empty");
    let counts = ["watch_count_7d", "watch_count_30d", "search_count"];
    let counts = counts.map(|field| {
        view(field, 1, Dtype::I64, |user| {
            vec![Some(ValueRef::Int(user % 200))]
        })
    });
    report("100,000 x 3 integers", 100_000, &counts, 26.4, 0.78)?;
    let example = [
        view("user_segment", 1, Dtype::String, |user| {
            let texts = ["casual", "power_user"];
            vec![Some(ValueRef::Str(texts[place(user, 2)]))]
        }),
        view("watch_activity", 1, Dtype::I64, |user| {
            vec![Some(ValueRef::Int(user % 200))]
        }),
        view("last_genre", 1, Dtype::String, |user| {
            let texts = ["drama", "comedy", "documentary", "thriller"];
            vec![Some(ValueRef::Str(texts[place(user / 2, 4)]))]
        }),
    ];
    report("100,000 x watch-next", 100_000, &example, 26.4, 0.78)?;
    let wide: Vec<View> = (0..25)
        .map(|number| {
            let field = format!("feature_view_{number:02}").leak();
            view(field, 10, Dtype::I64, |user| {
                let value = |column: i64| Some(ValueRef::Int((user * 31 + column * 7) % 100));
                (0..10).map(value).collect()
            })
        })
        .collect();
    report("10,000 x 25 x 10 integers", 10_000, &wide, 42.2, 0.5)
}

fn place(user: i64, count: usize) -> usize {
    usize::try_from(user).unwrap_or_default() % count
}

fn view(
    field: &'static str,
    columns: usize,
    dtype: Dtype,
    values: fn(i64) -> Vec<Option<ValueRef<'static>>>,
) -> View {
    let column = |number| LayoutColumn {
        name: format!("feature_{number}"),
        dtype,
        nullable: false,
    };
    View {
        field,
        layout: Layout::new((0..columns).map(column).collect()),
        values,
    }
}

/// Writes the rows and prints what the server has more than before, in MB, beside Feast's.
fn report(
    what: &str,
    entities: i64,
    views: &[View],
    feast: f64,
    share: f64,
) -> Result<(), Box<dyn Error>> {
    let server = RedisServer::start()?;
    let client = redis::Client::open(server.url())?;
    let empty = used_memory(&client)?;
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let store = RedisStore::new(server.url())?;
    let mut bytes = 0;
    for start in (0..entities).step_by(1000) {
        let rows = rows(start..start + 1000, views)?;
        bytes += rows.iter().map(|row| row.row.len()).sum::<usize>();
        runtime.block_on(store.write(&rows))?;
    }
    drop(store);
    drop(runtime);
    let used = used_memory(&client)?.saturating_sub(empty);
    let megabytes = f64::from(u32::try_from(used)?) / 1e6;
    let rows = usize::try_from(entities)? * views.len();
    println!(
        "  {what:<24} {megabytes:>5.1} MB, {:.2} times Feast's {feast}, wanted are {share}; {} bytes \
         a row and {} without Redis'",
        megabytes / feast,
        usize::try_from(used)? / rows,
        bytes / rows,
    );
    Ok(())
}

fn rows(users: std::ops::Range<i64>, views: &[View]) -> Result<Vec<RowWrite>, Box<dyn Error>> {
    let event_timestamp = "2026-05-07T21:00:00Z".parse()?;
    let mut rows = Vec::new();
    for user in users {
        let key = format!("{user:05x}");
        let parts = [ValueRef::Str(&key)];
        let address = Address::new("bench", &Ids::definition().key_values(&parts)?);
        for view in views {
            let header = Header::new(view.layout.id(), event_timestamp, None);
            let mut row = Vec::new();
            encode_row(&view.layout, &header, &(view.values)(user), &mut row)?;
            let address = address.clone();
            rows.push(RowWrite::new(address, view.field, row, Merge::NewerWins));
        }
    }
    Ok(rows)
}

fn used_memory(client: &redis::Client) -> Result<u64, Box<dyn Error>> {
    let mut connection = client.get_connection()?;
    let information: String = redis::cmd("INFO").arg("memory").query(&mut connection)?;
    let line = information
        .lines()
        .find_map(|line| line.strip_prefix("used_memory:"));
    Ok(line.ok_or("INFO says no used_memory")?.trim().parse()?)
}
