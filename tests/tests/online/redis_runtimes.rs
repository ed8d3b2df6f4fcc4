//! A store that several tokio runtimes use.

use std::time::{Duration, Instant};

use featurestore::online::{EntityRead, OnlineStore, RedisStore};
use featurestore_tests::RedisServer;
use tokio::runtime::{Builder, Runtime};

use super::rows::address;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Waits until the server has so many clients.
fn expect_clients(server: &RedisServer, expected: usize) {
    let begun = Instant::now();
    loop {
        let list = server.text("CLIENT LIST").unwrap();
        // This one asks.
        let clients = list.lines().count() - 1;
        if clients == expected {
            return;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{expected}, not\n{list}"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn each_runtime_has_a_connection_of_its_own_which_ends_with_it() {
    let server = RedisServer::start().unwrap();
    let store = RedisStore::new(server.url()).unwrap();
    let address = address("p", "1");
    let read = |runtime: &Runtime| {
        let entity = EntityRead {
            address: &address,
            fields: &["v"],
        };
        let rows = runtime.block_on(store.read(&[entity])).unwrap();
        assert_eq!(rows, [[None]]);
    };
    let (first, second) = (runtime(), runtime());
    for expected in [(&first, 1), (&first, 1), (&second, 2), (&first, 2)] {
        read(expected.0);
        expect_clients(&server, expected.1);
    }
    drop(first);
    expect_clients(&server, 1);
    read(&second);
    read(&runtime());
    expect_clients(&server, 1);
}

#[test]
fn a_connection_that_one_runtime_loses_is_made_again_there_and_kept_elsewhere() {
    let server = RedisServer::start().unwrap();
    let store = RedisStore::new(server.url()).unwrap();
    let address = address("p", "1");
    let read = |runtime: &Runtime| {
        let entity = EntityRead {
            address: &address,
            fields: &["v"],
        };
        runtime.block_on(store.read(&[entity])).unwrap();
    };
    let (first, second) = (runtime(), runtime());
    read(&first);
    let id = |text: &str| {
        text.split_whitespace()
            .find_map(|word| word.strip_prefix("id=")?.parse::<u64>().ok())
    };
    let list = server.text("CLIENT LIST").unwrap();
    let lost = list.lines().filter_map(id).min().unwrap();
    read(&second);
    server.run(&format!("CLIENT KILL ID {lost}")).unwrap();
    read(&first);
    read(&second);
    expect_clients(&server, 2);
}
