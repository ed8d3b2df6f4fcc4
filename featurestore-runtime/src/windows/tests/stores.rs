//! The state against the definition, where online stores have it: what one process writes another reads,
//! by the names that a time gives, and no writer undoes what another wrote.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _};

use super::super::event::EventId;
use super::super::state::{
    Answer, Arrived, Changes, Field, Limits, Loaded, Outcome, Plan, Stored, Unanswered,
};
use super::definition;
use super::history::{History, KINDS};
use super::state::kept;
use crate::online::{
    Address, EmbeddedStore, EntityRead, Expected, OnlineStore, RedisStore, StateWrite,
};
use crate::testing::rows::address;
use crate::testing::{MemoryStore, Numbers};

/// A server of the test's own, on a socket in its directory, which ends with it.
struct Server {
    process: Child,
    directory: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("socket");
        let process = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no"])
            .arg("--unixsocket")
            .arg(&socket)
            .arg("--dir")
            .arg(directory.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { process, directory };
        while !socket.exists() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        server
    }

    fn url(&self) -> String {
        let socket = self.directory.path().join("socket");
        format!("redis+unix://{}", Path::display(&socket))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An entity's state in an online store.
struct Entity {
    store: Arc<dyn OnlineStore>,
    address: Address,
}

fn name(field: Field) -> String {
    format!("v{field}")
}

impl Entity {
    async fn read(&self, fields: impl IntoIterator<Item = Field>) -> Stored {
        let fields: Vec<Field> = fields.into_iter().collect();
        let names: Vec<String> = fields.iter().map(|field| name(*field)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let read = [EntityRead {
            address: &self.address,
            fields: &names,
        }];
        let found = self.store.read(&read).await.unwrap().remove(0);
        let there = fields.into_iter().zip(found);
        there
            .filter_map(|(field, bytes)| Some((field, bytes?)))
            .collect()
    }

    /// Whether no other writer was faster.
    async fn write(&self, stored: &Stored, changes: Changes, replaces: bool) -> bool {
        let (mut summary, mut parts) = (None, Vec::new());
        for (field, bytes) in changes {
            match (field, bytes) {
                (Field::Summary, bytes) => summary = bytes,
                (field, bytes) => parts.push((name(field), bytes)),
            }
        }
        let expected = Expected::of(stored.get(&Field::Summary).map(|bytes| &bytes[..]));
        let (address, summary) = (self.address.clone(), summary.unwrap());
        let state = if replaces {
            StateWrite::replacing(address, "v", expected, summary, parts)
        } else {
            StateWrite::changing(address, "v", expected, summary, parts)
        };
        self.store.write_states(&[state]).await.unwrap()[0]
    }

    async fn apply(&self, plan: &Plan, event: &Arrived) -> Outcome {
        loop {
            let stored = self.read(plan.fields_to_apply(event.row.time)).await;
            let (outcome, changes) = plan.apply(&stored, event, None).unwrap();
            if changes.is_empty() || self.write(&stored, changes, false).await {
                return outcome;
            }
        }
    }

    async fn rebuild(&self, plan: &Plan, history: &History, number: u64) {
        let rows = history.log.iter().enumerate();
        let rows = rows.map(|(place, row)| Loaded {
            row: kept(row),
            arrived: row.arrived,
            place: place as u64,
        });
        let stored = self.read([Field::Summary]).await;
        let changes = plan.rebuild(rows, history.now, number).unwrap();
        assert!(self.write(&stored, changes, true).await);
    }

    async fn answers(&self, plan: &Plan, time: i64) -> Vec<Answer> {
        let stored = self.read(plan.fields_to_read(time).unwrap()).await;
        plan.read(&stored, time).unwrap().unwrap()
    }
}

/// One history, pushed by two writers in turn; gives how many features were compared.
async fn case(entity: &Entity, seed: u64) -> u64 {
    let mut history = History::new(seed);
    let limits = Limits {
        rows: u64::MAX,
        summary: history.random.of(&[0, 0, 300, 2048]),
        group: history.random.of(&[0, 150, 4096]),
    };
    let (kinds, features) = (KINDS.to_vec(), history.features.clone());
    let mut plan =
        Plan::with_tiles(7, kinds, features, history.arrival, limits, history.tile).unwrap();
    if history.random.once_in(2) {
        plan.group_tiles(1 + history.random.below(4));
    }
    let mut compared = 0;
    entity.rebuild(&plan, &history, seed).await;
    for _ in 0..history.random.below(30) {
        let row = history.push();
        let place = history.log.len() as u64 - 1;
        let event = |row| Arrived {
            row: kept(row),
            arrived: row.arrived.unwrap_or(row.time),
            place,
        };
        let outcome = entity.apply(&plan, &event(&row)).await;
        assert_ne!(outcome, Outcome::Uncounted, "seed {seed}");
        if history.random.once_in(8) {
            entity.rebuild(&plan, &history, seed << 8 | place).await;
        }
        if history.random.once_in(3) {
            let feature = history.random.of(&history.features.clone());
            let time = history.time(&feature, history.now);
            let answers = entity.answers(&plan, time).await;
            for (feature, answer) in history.features.iter().zip(answers) {
                let expected = definition::value(&history.log, feature, &history.arrival, time);
                let expected = expected.map_err(Unanswered::from);
                assert_eq!(answer, expected, "seed {seed}: {feature:?} at {time}");
                compared += 1;
            }
        }
    }
    compared
}

/// How many histories are pushed at once, each of an entity of its own.
const AT_ONCE: usize = 32;

async fn histories(store: Arc<dyn OnlineStore>, cases: u64) {
    let (seeds, begun) = (super::seeds(cases), std::time::Instant::now());
    let all = stream::iter(seeds.clone()).map(|seed| {
        let address = address("p", &seed.to_string());
        let store = Arc::clone(&store);
        async move { case(&Entity { store, address }, seed).await }
    });
    let compared = all.buffer_unordered(AT_ONCE);
    let compared: u64 = compared
        .fold(0, |all, some| async move { all + some })
        .await;
    let (location, took) = (store.location(), begun.elapsed());
    println!("{location}: seeds {seeds:?}, {compared} features compared in {took:.1?}");
    assert!(compared > seeds.end - seeds.start);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_read_of_a_store_in_memory_is_what_the_definition_says() {
    histories(Arc::new(MemoryStore::new()), 300).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_read_of_redis_is_what_the_definition_says() {
    let server = Server::start();
    histories(Arc::new(RedisStore::new(server.url()).unwrap()), 100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_read_of_the_embedded_store_is_what_the_definition_says() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("online.redb");
    histories(Arc::new(EmbeddedStore::new(path)), 25).await;
}

const HOUR: i64 = 3_600_000_000;

/// Writers that each push events of their own into one entity, in whichever order they get there.
async fn race(store: Arc<dyn OnlineStore>) {
    use super::super::aggregate::{Aggregate, Measure};
    use super::super::event::Arrival;
    use super::super::feature::Feature;
    use super::super::state::Row;
    use super::super::window::Window;

    let feature = Feature {
        measure: Measure::new(Aggregate::Count, None).unwrap(),
        column: None,
        filter: None,
        window: Window::new(Some(48 * HOUR + 1), None, 0).unwrap(),
    };
    let arrival = Arrival {
        lateness: 100 * HOUR,
        settling: 0,
    };
    let limits = Limits {
        summary: 300,
        group: 200,
        ..Limits::default()
    };
    let plan = Plan::new(7, vec![], vec![feature], arrival, limits).unwrap();
    let at = address("p", "race");
    let place = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let seed = crate::testing::seed(0x5ace);
    let writers = (0..4_u64).map(|writer| {
        let (plan, place) = (plan.clone(), Arc::clone(&place));
        let entity = Entity {
            store: Arc::clone(&store),
            address: at.clone(),
        };
        tokio::spawn(async move {
            let mut numbers = Numbers::part(seed, writer);
            for event in 0..25_u64 {
                let time = i64::try_from(numbers.below(20)).unwrap() * HOUR;
                loop {
                    let stored = entity.read(plan.fields_to_apply(time)).await;
                    // As the log does: whoever appends later is behind who appended before.
                    let place = place.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    let row = Row {
                        time,
                        id: EventId(u128::from(writer * 100 + event)),
                        created: None,
                        deleted: false,
                        values: vec![],
                    };
                    let event = Arrived {
                        row,
                        arrived: 20 * HOUR,
                        place,
                    };
                    let (outcome, changes) = plan.apply(&stored, &event, None).unwrap();
                    // Another one with a later place was faster; the log gives this one a new one.
                    if outcome == Outcome::Known {
                        continue;
                    }
                    assert_eq!(outcome, Outcome::Counted);
                    if entity.write(&stored, changes, false).await {
                        break;
                    }
                }
            }
        })
    });
    for writer in futures_util::future::join_all(writers).await {
        writer.unwrap();
    }
    let entity = Entity { store, address: at };
    let answers = entity.answers(&plan, 21 * HOUR).await;
    let expected = super::super::Finished::One(super::super::Scalar::Integer(100));
    assert_eq!(answers, [Ok(expected)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_writers_at_once_all_count_in_memory() {
    race(Arc::new(MemoryStore::new())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_writers_at_once_all_count_in_redis() {
    let server = Server::start();
    race(Arc::new(RedisStore::new(server.url()).unwrap())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_writers_at_once_all_count_in_the_embedded_store() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("online.redb");
    race(Arc::new(EmbeddedStore::new(path))).await;
}
