//! A cluster whose nodes go down, whose slots move, and whose replicas take over.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use featurestore::online::{
    Address, EntityRead, OnlineError, OnlineStore, RedisStore, StoredLayout, Written,
};
use featurestore_tests::{PATIENCE, RedisCluster, wait_until};

use super::rows::{address, read_one, row, stamp, write};

/// A store that waits as long as any test.
fn patient(cluster: &RedisCluster) -> RedisStore {
    let url = format!("{}?connect_timeout=60s&command_timeout=60s", cluster.url());
    RedisStore::new(url).unwrap()
}

/// The slot of a key, in a server's words.
fn slot(cluster: &RedisCluster, address: &Address) -> u16 {
    let key = address.as_bytes();
    redis::cmd("CLUSTER")
        .arg("KEYSLOT")
        .arg(key)
        .query(&mut cluster.masters()[0].connect().unwrap())
        .unwrap()
}

/// The addresses of so many entities.
fn addresses(count: usize) -> Vec<Address> {
    (0..count)
        .map(|key| address("p", &key.to_string()))
        .collect()
}

fn reads(addresses: &[Address]) -> Vec<EntityRead<'_>> {
    let read = |address| EntityRead::new(address, &["v", "w"]);
    addresses.iter().map(read).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_splits_batches_between_its_masters_and_is_emptied_on_all_of_them() {
    let cluster = RedisCluster::start().unwrap();
    let store = RedisStore::new(cluster.url()).unwrap();
    let addresses = addresses(3000);
    let stored = row((1, None), b"x");
    let rows: Vec<_> = addresses
        .iter()
        .flat_map(|address| ["v", "w"].map(|field| write(address, field, &stored)))
        .collect();
    let written = store.write(&rows).await.unwrap();
    assert_eq!(written, vec![Written::Stored; 6000]);
    let layout = StoredLayout::new("v", 1, "a i64\n");
    store.keep_layout("p", &layout).await.unwrap();
    let other = address("other", "k");
    store.write(&[write(&other, "v", &stored)]).await.unwrap();
    for master in cluster.masters() {
        let keys: u64 = redis::from_redis_value(master.run("DBSIZE").unwrap()).unwrap();
        assert!((800..1200).contains(&keys), "{keys}");
    }
    for found in store.read(&reads(&addresses)).await.unwrap() {
        assert_eq!(found, [Some(stored.clone()), Some(stored.clone())]);
    }
    let before = store.time().await.unwrap().unwrap();
    let (found, time) = store.read_timed(&reads(&addresses)).await.unwrap();
    assert_eq!(found, store.read(&reads(&addresses)).await.unwrap());
    let after = store.time().await.unwrap().unwrap();
    assert!((before..=after).contains(&time.unwrap()), "{time:?}");
    assert_eq!(store.delete_project("p").await.unwrap(), 3000);
    assert_eq!(store.layouts("p").await.unwrap(), []);
    assert_eq!(read_one(&store, &other, "v").await, Some(stored));
    let left = cluster.masters().iter().map(|master| master.run("DBSIZE"));
    let left: i64 = left
        .map(|count| redis::from_redis_value::<i64>(count.unwrap()).unwrap())
        .sum();
    assert_eq!(left, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_moves_costs_no_row_and_no_order() {
    let cluster = Arc::new(RedisCluster::start().unwrap());
    // Entities of one slot, found by trying.
    let wanted = slot(&cluster, &address("p", "0"));
    let addresses: Vec<Address> = (0..400_000)
        .map(|key| address("p", &key.to_string()))
        .filter(|address| crc16(address.as_bytes()) % 16384 == wanted)
        .take(12)
        .collect();
    assert_eq!(slot(&cluster, &addresses[11]), wanted);
    let store = RedisStore::new(cluster.url()).unwrap();
    let first = row((0, None), b"first");
    let rows: Vec<_> = addresses
        .iter()
        .take(8)
        .flat_map(|address| ["v", "w"].map(|field| write(address, field, &first)))
        .collect();
    store.write(&rows).await.unwrap();

    let moving = Arc::new(AtomicBool::new(true));
    let (time, times) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicI64::new(0)));
    let writer = {
        let (store, addresses) = (patient(&cluster), addresses.clone());
        let (moving, time) = (Arc::clone(&moving), Arc::clone(&time));
        tokio::spawn(async move {
            while moving.load(Ordering::Relaxed) {
                let now = time.load(Ordering::Relaxed) + 1;
                // Twice with one time: the second one stays, whatever moves between them.
                let rows: Vec<_> = [b"one", b"two"]
                    .iter()
                    .flat_map(|value| {
                        let row = row((now, None), *value);
                        addresses.iter().flat_map(move |address| {
                            ["v", "w"].map(|field| write(address, field, &row))
                        })
                    })
                    .collect();
                let written = store.write(&rows).await.unwrap();
                assert_eq!(written, vec![Written::Stored; rows.len()]);
                time.store(now, Ordering::Relaxed);
            }
        })
    };
    let reader = {
        let (store, addresses) = (patient(&cluster), addresses.clone());
        let (moving, time) = (Arc::clone(&moving), Arc::clone(&time));
        let times = Arc::clone(&times);
        tokio::spawn(async move {
            while moving.load(Ordering::Relaxed) {
                let least = time.load(Ordering::Relaxed);
                let found = store.read(&reads(&addresses)).await.unwrap();
                for found in found.iter().filter(|_| least > 0) {
                    let stamps = found.iter().map(|row| stamp(row.as_ref().unwrap()).0);
                    let stamps: Vec<i64> = stamps.collect();
                    assert!(stamps.iter().all(|now| *now >= least), "{stamps:?}");
                    // One call's rows of an entity are written in one step.
                    assert_eq!(stamps[0], stamps[1]);
                }
                times.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    let mover = {
        let cluster = Arc::clone(&cluster);
        let (time, times) = (Arc::clone(&time), Arc::clone(&times));
        // Something is written and read between one step and the next.
        let go_on = move || {
            let so_far = [&time, &times].map(|done| done.load(Ordering::Relaxed));
            let done = || [&time, &times].map(|done| done.load(Ordering::Relaxed));
            wait_until("rows are written and read", || {
                done()
                    .iter()
                    .zip(so_far)
                    .all(|(done, so_far)| *done > so_far)
            })
            .unwrap();
        };
        std::thread::spawn(move || {
            let (mut from, mut to) = (
                cluster.master_of(wanted),
                (cluster.master_of(wanted) + 1) % 3,
            );
            for _ in 0..6 {
                cluster.begin_move(wanted, from, to).unwrap();
                go_on();
                while cluster.move_keys(wanted, from, to, 1).unwrap() > 0 {
                    go_on();
                }
                cluster.end_move(wanted, from, to).unwrap();
                go_on();
                (from, to) = (to, 3 - from - to);
            }
        })
    };
    let moved = mover.join();
    moving.store(false, Ordering::Relaxed);
    writer.await.unwrap();
    reader.await.unwrap();
    moved.unwrap();
    let last = time.load(Ordering::Relaxed);
    for found in store.read(&reads(&addresses)).await.unwrap() {
        let expected = Some(row((last, None), b"two"));
        assert_eq!(found, [expected.clone(), expected]);
    }
}

/// CRC16 as the cluster's specification has it, bit by bit.
fn crc16(key: &[u8]) -> u16 {
    key.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc: u16, _| {
            if crc & 0x8000 == 0 {
                crc << 1
            } else {
                (crc << 1) ^ 0x1021
            }
        })
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_down_or_hangs_fails_only_its_own_entities() {
    let mut cluster = RedisCluster::start().unwrap();
    let store = Arc::new(patient(&cluster));
    let hasty = format!("{}?command_timeout=500ms", cluster.url());
    let hasty = RedisStore::new(hasty).unwrap();
    let addresses = addresses(60);
    let stored = row((1, None), b"x");
    let rows: Vec<_> = addresses
        .iter()
        .map(|address| write(address, "v", &stored))
        .collect();
    store.write(&rows).await.unwrap();
    let on = |cluster: &RedisCluster, node: usize| -> Vec<Address> {
        let on_it = |address: &&Address| cluster.master_of(slot(cluster, address)) == node;
        addresses.iter().filter(on_it).cloned().collect()
    };
    let lost = on(&cluster, 2);
    let others: Vec<Address> = on(&cluster, 0).into_iter().chain(on(&cluster, 1)).collect();
    assert!(lost.len() > 5 && others.len() > 20);
    for stopped in [false, true] {
        if stopped {
            cluster.masters()[2].signal("STOP").unwrap();
        } else {
            cluster.node_mut(2).kill().unwrap();
        }
        for found in store.read(&reads(&others)).await.unwrap() {
            assert_eq!(found[0].as_ref(), Some(&stored));
        }
        // The errors come while the node is down or stopped.
        for lost in [&lost[..1], &lost, &addresses] {
            let error = hasty.read(&reads(lost)).await.unwrap_err();
            let text = error.to_string();
            assert!(matches!(error, OnlineError::Unreachable { .. }), "{text}");
            let node = format!("node 127.0.0.1:{}", cluster.masters()[2].port());
            assert!(text.contains(&node), "{text}");
        }
        // Neither the errors nor the wait are the others': they are answered while these wait.
        let waiting = {
            let (store, lost) = (Arc::clone(&store), lost.clone());
            tokio::spawn(async move { store.read(&reads(&lost)).await.map(drop) })
        };
        for _ in 0..20 {
            store.read(&reads(&others)).await.unwrap();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(!waiting.is_finished());
        waiting.abort();
        if stopped {
            cluster.masters()[2].signal("CONT").unwrap();
        } else {
            cluster.node_mut(2).restart().unwrap();
        }
        wait_until("the node is back", || {
            let info = cluster.masters()[2].text("CLUSTER INFO");
            info.is_ok_and(|info| info.contains("cluster_state:ok"))
        })
        .unwrap();
        store.write(&rows).await.unwrap();
        store.read(&reads(&addresses)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_takes_over_is_found() {
    let mut cluster = RedisCluster::start_with_replicas().unwrap();
    let store = RedisStore::new(cluster.url()).unwrap();
    let addresses = addresses(60);
    let rows = |time| -> Vec<_> {
        addresses
            .iter()
            .map(|address| write(address, "v", &row((time, None), b"x")))
            .collect()
    };
    store.write(&rows(1)).await.unwrap();
    for (master, replica) in cluster.masters().iter().zip(cluster.replicas()) {
        wait_until("the replica has all", || {
            replica.run("DBSIZE").unwrap() == master.run("DBSIZE").unwrap()
        })
        .unwrap();
    }
    cluster.node_mut(0).kill().unwrap();
    let begun = Instant::now();
    let mut errors = 0;
    while let Err(error) = store.write(&rows(2)).await {
        assert!(begun.elapsed() < PATIENCE, "{error}");
        errors += 1;
    }
    // Each call that failed had waited for a replica to take over, for most of its 1.8 s.
    assert!(
        begun.elapsed() >= Duration::from_secs(1) * errors,
        "{errors}"
    );
    for found in store.read(&reads(&addresses)).await.unwrap() {
        assert_eq!(stamp(found[0].as_ref().unwrap()).0, 2);
    }
    let info = cluster.replicas()[0].text("INFO replication").unwrap();
    assert!(info.contains("role:master"), "{info}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_that_gives_its_place_to_its_replica_costs_no_call() {
    let cluster = RedisCluster::start_with_replicas().unwrap();
    let store = patient(&cluster);
    let addresses = addresses(30);
    let is_master = || {
        let info = cluster.replicas()[1].text("INFO replication").unwrap();
        info.contains("role:master")
    };
    let (begun, mut last) = (Instant::now(), None);
    for time in 0.. {
        if time == 10 {
            cluster.replicas()[1].run("CLUSTER FAILOVER").unwrap();
        }
        // Ten more once the replica is the master.
        if last.is_none() && is_master() {
            last = Some(time + 10);
        }
        if last == Some(time) {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "nothing took over");
        let rows: Vec<_> = addresses
            .iter()
            .map(|address| write(address, "v", &row((time, None), b"x")))
            .collect();
        store.write(&rows).await.unwrap();
        for found in store.read(&reads(&addresses)).await.unwrap() {
            assert_eq!(stamp(found[0].as_ref().unwrap()).0, time);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_answer_reads_where_the_address_lets_them() {
    let mut cluster = RedisCluster::start_with_replicas().unwrap();
    let plain = RedisStore::new(cluster.url()).unwrap();
    let url = format!("{}?replicas=true", cluster.url());
    let store = RedisStore::new(url).unwrap();
    let addresses = addresses(30);
    let stored = row((1, None), b"x");
    let rows: Vec<_> = addresses
        .iter()
        .map(|address| write(address, "v", &stored))
        .collect();
    store.write(&rows).await.unwrap();
    let have_all = || {
        let keys = cluster
            .replicas()
            .iter()
            .map(|replica| replica.run("DBSIZE").unwrap());
        keys.map(|keys| redis::from_redis_value::<usize>(keys).unwrap())
            .sum::<usize>()
            == 30
    };
    wait_until("the replicas have all", have_all).unwrap();
    let asked = |cluster: &RedisCluster| -> HashSet<usize> {
        let nodes = cluster
            .masters()
            .iter()
            .chain(cluster.replicas())
            .enumerate();
        let asked = nodes.filter(|(_, node)| {
            let statistics = node.text("INFO commandstats").unwrap();
            node.run("CONFIG RESETSTAT").unwrap();
            statistics.contains("cmdstat_hmget")
        });
        asked.map(|(index, _)| index).collect()
    };
    asked(&cluster);
    for found in store.read(&reads(&addresses)).await.unwrap() {
        assert_eq!(found[0].as_ref(), Some(&stored));
    }
    assert_eq!(asked(&cluster), HashSet::from([3, 4, 5]));
    plain.read(&reads(&addresses)).await.unwrap();
    assert_eq!(asked(&cluster), HashSet::from([0, 1, 2]));
    // A replica that is down, or that hangs, is no reason not to answer.
    cluster.node_mut(3).kill().unwrap();
    cluster.replicas()[1].signal("STOP").unwrap();
    for _ in 0..2 {
        for found in store.read(&reads(&addresses)).await.unwrap() {
            assert_eq!(found[0].as_ref(), Some(&stored));
        }
    }
    cluster.replicas()[1].signal("CONT").unwrap();
}
