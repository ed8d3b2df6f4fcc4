//! A real Redis cluster for a test: three masters, and perhaps a replica of each.

use std::io;

use redis::{RedisResult, Value};

use crate::RedisServer;
use crate::redis_server::free_port;
use crate::redis_tls::Files;
use crate::wait_until;

/// How many masters there are.
const MASTERS: usize = 3;
/// How many slots each cluster has.
const SLOTS: usize = 16384;

/// A cluster on free ports, ended with its value.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<RedisServer>,
    ids: Vec<String>,
    ports: Vec<u16>,
    files: Option<Files>,
}

impl RedisCluster {
    /// Starts three masters with a third of the slots each and waits until they serve them all.
    ///
    /// # Errors
    ///
    /// A server that does not start, or nodes that don't find each other.
    pub fn start() -> io::Result<Self> {
        let cluster = Self::start_nodes(MASTERS, None)?;
        cluster.wait_until_up()?;
        Ok(cluster)
    }

    /// Starts three masters that speak only TLS, and want a certificate.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start), and servers that were built without TLS.
    pub fn start_with_tls() -> io::Result<Self> {
        let cluster = Self::start_nodes(MASTERS, Some(Files::new()?))?;
        cluster.wait_until_up()?;
        Ok(cluster)
    }

    /// Starts three masters as [`start`](Self::start) does, and a replica of each.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_with_replicas() -> io::Result<Self> {
        let cluster = Self::start_nodes(2 * MASTERS, None)?;
        for (master, replica) in cluster.nodes[MASTERS..].iter().enumerate() {
            let command = format!("CLUSTER REPLICATE {}", cluster.ids[master]);
            wait_until("a replica knows its master", || {
                replica.run(&command).is_ok()
            })?;
        }
        cluster.wait_until_up()?;
        wait_until("each master knows its replica", || {
            cluster.nodes[..MASTERS].iter().all(|master| {
                let info = master.text("INFO replication");
                info.is_ok_and(|info| {
                    info.contains("connected_slaves:1") && info.contains("state=online")
                }) && cluster.replicas_of(master) == MASTERS
            })
        })?;
        Ok(cluster)
    }

    fn start_nodes(count: usize, files: Option<Files>) -> io::Result<Self> {
        let mut nodes = Vec::with_capacity(count);
        let (mut ports, mut buses) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for _ in 0..count {
            let bus = free_port()?.to_string();
            let mut arguments = [
                "--cluster-enabled",
                "yes",
                "--cluster-port",
                &bus,
                "--cluster-node-timeout",
                "1000",
                "--cluster-require-full-coverage",
                "no",
            ]
            .map(str::to_owned)
            .to_vec();
            let port = free_port()?;
            if let Some(files) = &files {
                arguments.extend(files.arguments(port));
                arguments.extend(["--tls-cluster", "yes"].map(str::to_owned));
            }
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let node = RedisServer::start_with(&arguments)?;
            ports.push(if files.is_some() { port } else { node.port() });
            nodes.push(node);
            buses.push(bus);
        }
        let ids = nodes.iter().map(|node| node.text("CLUSTER MYID"));
        let ids = ids.collect::<RedisResult<_>>().map_err(io::Error::other)?;
        for (index, node) in nodes.iter().enumerate() {
            let run = |command: String| node.run(&command).map_err(io::Error::other);
            run(format!("CLUSTER SET-CONFIG-EPOCH {}", index + 1))?;
            if index < MASTERS {
                let (first, end) = (SLOTS * index / MASTERS, SLOTS * (index + 1) / MASTERS);
                run(format!("CLUSTER ADDSLOTSRANGE {first} {}", end - 1))?;
            }
            for (other, bus) in ports.iter().zip(&buses).take(index) {
                run(format!("CLUSTER MEET 127.0.0.1 {other} {bus}"))?;
            }
        }
        Ok(Self {
            nodes,
            ids,
            ports,
            files,
        })
    }

    fn wait_until_up(&self) -> io::Result<()> {
        wait_until("the cluster is up", || {
            self.nodes.iter().all(|node| {
                let known = format!("cluster_known_nodes:{}\r\n", self.nodes.len());
                node.text("CLUSTER INFO").is_ok_and(|info| {
                    info.contains("cluster_state:ok")
                        && info.contains(&known)
                        && info.contains("cluster_slots_ok:16384")
                })
            })
        })
    }

    /// How many shards have a replica, in the eyes of a node.
    fn replicas_of(&self, node: &RedisServer) -> usize {
        let Ok(Value::Array(ranges)) = node.run("CLUSTER SLOTS") else {
            return 0;
        };
        let replicated = |range: &&Value| range.as_sequence().is_some_and(|range| range.len() > 3);
        ranges.iter().filter(replicated).count()
    }

    /// Its address, which names two of its nodes.
    #[must_use]
    pub fn url(&self) -> String {
        let nodes = format!("127.0.0.1:{},127.0.0.1:{}", self.ports[0], self.ports[1]);
        match &self.files {
            None => format!("redis+cluster://{nodes}"),
            Some(files) => format!("rediss+cluster://{nodes}?{}", files.parameters()),
        }
    }

    /// The masters as they were at the start.
    #[must_use]
    pub fn masters(&self) -> &[RedisServer] {
        &self.nodes[..MASTERS]
    }

    /// The replicas, each of the master at its place.
    #[must_use]
    pub fn replicas(&self) -> &[RedisServer] {
        &self.nodes[MASTERS..]
    }

    /// A node, to be killed or restarted.
    pub fn node_mut(&mut self, index: usize) -> &mut RedisServer {
        &mut self.nodes[index]
    }

    /// Which master had a slot at the start.
    #[must_use]
    pub fn master_of(&self, slot: u16) -> usize {
        (0..MASTERS)
            .find(|index| usize::from(slot) < SLOTS * (index + 1) / MASTERS)
            .unwrap_or(MASTERS - 1)
    }

    /// Begins to move a slot: what is not at the one master is asked of the other.
    ///
    /// # Errors
    ///
    /// What a node refuses.
    pub fn begin_move(&self, slot: u16, from: usize, to: usize) -> RedisResult<()> {
        let (source, target) = (&self.ids[from], &self.ids[to]);
        self.nodes[to].run(&format!("CLUSTER SETSLOT {slot} IMPORTING {source}"))?;
        self.nodes[from].run(&format!("CLUSTER SETSLOT {slot} MIGRATING {target}"))?;
        Ok(())
    }

    /// Moves up to so many keys of a slot that is being moved, and gives how many it moved.
    ///
    /// # Errors
    ///
    /// What a node refuses.
    pub fn move_keys(&self, slot: u16, from: usize, to: usize, most: usize) -> RedisResult<usize> {
        let source = &self.nodes[from];
        let keys = source.run(&format!("CLUSTER GETKEYSINSLOT {slot} {most}"))?;
        let keys: Vec<Vec<u8>> = redis::from_redis_value(keys)?;
        for key in &keys {
            redis::cmd("MIGRATE")
                .arg("127.0.0.1")
                .arg(self.nodes[to].port())
                .arg(key)
                .arg(0)
                .arg(5000)
                .exec(&mut source.connect()?)?;
        }
        Ok(keys.len())
    }

    /// Ends moving a slot, which has no more keys at the one master.
    ///
    /// # Errors
    ///
    /// What a node refuses.
    pub fn end_move(&self, slot: u16, from: usize, to: usize) -> RedisResult<()> {
        let owner = format!("CLUSTER SETSLOT {slot} NODE {}", self.ids[to]);
        self.nodes[to].run(&owner)?;
        self.nodes[from].run(&owner)?;
        Ok(())
    }
}
