//! What a call costs in commands.

use featurestore::online::{EntityRead, OnlineStore, RedisStore, Written};
use featurestore_tests::RedisServer;

use super::rows::{address, row, write};

/// How often the server ran each command since the last look, `evalsha=1` for one.
fn commands(connection: &mut redis::Connection) -> Vec<String> {
    let statistics: String = redis::cmd("INFO")
        .arg("commandstats")
        .query(connection)
        .unwrap();
    redis::cmd("CONFIG")
        .arg("RESETSTAT")
        .exec(connection)
        .unwrap();
    let own = ["info", "config", "client"];
    let mut commands: Vec<String> = statistics
        .lines()
        .filter_map(|line| line.strip_prefix("cmdstat_")?.split(',').next())
        .map(|text| text.replace(":calls", ""))
        .filter(|text| !own.iter().any(|own| text.starts_with(own)))
        .collect();
    commands.sort();
    commands
}

#[tokio::test]
async fn an_entity_is_one_hmget_and_a_write_one_script_per_500_rows() {
    let server = RedisServer::start().unwrap();
    let mut statistics = redis::Client::open(server.url())
        .unwrap()
        .get_connection()
        .unwrap();
    let store = RedisStore::new(server.url()).unwrap();
    commands(&mut statistics);
    let addresses: Vec<_> = (0..1200)
        .map(|key| address("p", &key.to_string()))
        .collect();
    let read = |address| EntityRead::new(address, &["v", "w", "x"]);
    store.read(&[read(&addresses[0])]).await.unwrap();
    assert_eq!(commands(&mut statistics), ["hmget=1"]);
    let reads: Vec<_> = addresses.iter().map(read).collect();
    store.read(&reads).await.unwrap();
    assert_eq!(commands(&mut statistics), ["hmget=1200"]);

    let stored = row((1, None), b"x");
    store
        .write(&[write(&addresses[0], "v", &stored)])
        .await
        .unwrap();
    commands(&mut statistics);
    let rows: Vec<_> = addresses
        .iter()
        .take(500)
        .flat_map(|address| ["v", "w"].map(|field| write(address, field, &stored)))
        .collect();
    let counted = |mut counted: Vec<String>| {
        counted.retain(|command| !command.starts_with("evalsha"));
        counted
    };
    // Only the first of these calls has an entity that has anything.
    store.write(&rows).await.unwrap();
    assert_eq!(
        commands(&mut statistics),
        ["evalsha=2", "exists=3", "hmget=250", "hset=500"]
    );
    store.write(&rows).await.unwrap();
    assert_eq!(
        commands(&mut statistics),
        ["evalsha=2", "exists=2", "hmget=500", "hset=500"]
    );
    let rows: Vec<_> = addresses
        .iter()
        .take(500)
        .map(|address| write(address, "x", &stored))
        .collect();
    store.write(&rows).await.unwrap();
    assert_eq!(
        counted(commands(&mut statistics)),
        ["exists=1", "hget=1", "hset=1", "hsetnx=499"]
    );
    store.write(&rows).await.unwrap();
    assert_eq!(
        commands(&mut statistics),
        ["evalsha=1", "exists=1", "hget=500", "hset=500"]
    );
}

/// Else a reader between two calls gets rows that do not belong together.
#[tokio::test]
async fn an_entitys_rows_are_in_one_call_also_where_they_do_not_fill_it() {
    let server = RedisServer::start().unwrap();
    let mut statistics = server.connect().unwrap();
    let store = RedisStore::new(server.url()).unwrap();
    for time in 1..3 {
        let stored = row((time, None), b"x");
        let rows: Vec<_> = (0..1000)
            .map(|key| address("p", &key.to_string()))
            .flat_map(|address| ["v", "w", "x"].map(|field| write(&address, field, &stored)))
            .collect();
        commands(&mut statistics);
        store.write(&rows).await.unwrap();
        let mut counted = commands(&mut statistics);
        counted.retain(|command| command.starts_with('h'));
        let expected: &[&str] = match time {
            1 => &["hset=1000"],
            _ => &["hmget=1000", "hset=1000"],
        };
        assert_eq!(counted, expected);
    }
}

#[tokio::test]
async fn a_server_that_forgot_the_script_is_told_it_again() {
    let server = RedisServer::start().unwrap();
    let mut other = redis::Client::open(server.url())
        .unwrap()
        .get_connection()
        .unwrap();
    let store = RedisStore::new(server.url()).unwrap();
    let rows: Vec<_> = (0..3000)
        .map(|key| write(&address("p", &key.to_string()), "v", &row((1, None), b"x")))
        .collect();
    for _ in 0..3 {
        let written = store.write(&rows).await.unwrap();
        assert_eq!(written, vec![Written::Stored; rows.len()]);
        redis::cmd("SCRIPT").arg("FLUSH").exec(&mut other).unwrap();
    }
}

#[tokio::test]
async fn a_timed_read_has_the_servers_time_in_the_same_round_trip() {
    let server = RedisServer::start().unwrap();
    let mut statistics = redis::Client::open(server.url())
        .unwrap()
        .get_connection()
        .unwrap();
    let store = RedisStore::new(server.url()).unwrap();
    let stored = row((1, None), b"x");
    let address = address("p", "a");
    let other = super::rows::address("p", "b");
    store.write(&[write(&address, "v", &stored)]).await.unwrap();
    commands(&mut statistics);
    let reads = [
        EntityRead::new(&address, &["v", "w"]),
        EntityRead::new(&other, &["v"]),
    ];
    for reads in [&reads[..1], &reads[..]] {
        let before = store.time().await.unwrap().unwrap();
        commands(&mut statistics);
        let (found, time) = store.read_timed(reads).await.unwrap();
        let count = format!("hmget={}", reads.len());
        assert_eq!(commands(&mut statistics), [count.as_str(), "time=1"]);
        let after = store.time().await.unwrap().unwrap();
        assert!((before..=after).contains(&time.unwrap()), "{time:?}");
        assert_eq!(found[0], [Some(stored.clone()), None]);
        assert_eq!(found, store.read(reads).await.unwrap());
    }
}
