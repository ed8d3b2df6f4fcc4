//! A store that several tokio runtimes use.

use featurestore::online::{EntityRead, OnlineStore, RedisStore};
use featurestore_tests::{RedisServer, wait_until};
use tokio::runtime::{Builder, Runtime};

use super::rows::{address, read_one, row, write};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// The numbers of the server's clients, but for the one that asks, in the order they came.
fn clients(server: &RedisServer) -> Vec<u64> {
    let list = server.text("CLIENT LIST").unwrap();
    let words = list.split_whitespace();
    let ids = words.filter_map(|word| word.strip_prefix("id=")?.parse().ok());
    let mut ids: Vec<u64> = ids.collect();
    ids.sort_unstable();
    ids.pop();
    ids
}

/// Waits until the server has so many clients.
fn expect_clients(server: &RedisServer, expected: usize) {
    let what = format!("{expected} clients");
    wait_until(&what, || clients(server).len() == expected).unwrap();
}

fn read(store: &RedisStore, runtime: &Runtime) {
    let address = address("p", "1");
    let entity = EntityRead::new(&address, &["v"]);
    let rows = runtime.block_on(store.read(&[entity])).unwrap();
    assert_eq!(rows, [[None]]);
}

#[test]
fn each_runtime_has_a_connection_of_its_own_which_ends_with_it() {
    let server = RedisServer::start().unwrap();
    let store = RedisStore::new(server.url()).unwrap();
    let (first, second) = (runtime(), runtime());
    for (runtime, clients) in [(&first, 1), (&first, 1), (&second, 2), (&first, 2)] {
        read(&store, runtime);
        expect_clients(&server, clients);
    }
    drop(first);
    expect_clients(&server, 1);
    read(&store, &second);
    read(&store, &runtime());
    expect_clients(&server, 1);
}

#[test]
fn a_connection_that_one_runtime_loses_is_made_again_there_and_kept_elsewhere() {
    let server = RedisServer::start().unwrap();
    let store = RedisStore::new(server.url()).unwrap();
    let (first, second) = (runtime(), runtime());
    read(&store, &first);
    let lost = clients(&server).into_iter().min().unwrap();
    read(&store, &second);
    let kept = clients(&server).into_iter().nth(1).unwrap();
    server.run(&format!("CLIENT KILL ID {lost}")).unwrap();
    read(&store, &first);
    read(&store, &second);
    expect_clients(&server, 2);
    let now = clients(&server);
    assert!(now.contains(&kept) && !now.contains(&lost), "{now:?}");
}

#[test]
fn what_one_runtime_writes_is_not_hidden_by_what_another_one_keeps() {
    let server = RedisServer::start().unwrap();
    let store = RedisStore::new(format!("{}?cache=10", server.url())).unwrap();
    let (first, second) = (runtime(), runtime());
    let address = address("p", "1");
    for time in 1..4 {
        let stored = row((time, None), b"x");
        let rows = [write(&address, "v", &stored)];
        first.block_on(store.write(&rows)).unwrap();
        for _ in 0..2 {
            let found = second.block_on(read_one(&store, &address, "v"));
            assert_eq!(found.as_ref(), Some(&stored));
        }
    }
}
