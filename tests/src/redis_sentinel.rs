//! Real sentinels for a test: three of them, over a master and its replica.

use std::io;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::RedisServer;
use crate::redis_server::{free_port, wait_until};

/// What the sentinels call the master.
pub const MASTER: &str = "features";

/// A master, its replica, and three sentinels that let the replica take over.
#[derive(Debug)]
pub struct RedisSentinels {
    servers: Vec<RedisServer>,
    sentinels: Vec<Sentinel>,
}

#[derive(Debug)]
struct Sentinel {
    process: Child,
    port: u16,
    _directory: TempDir,
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl RedisSentinels {
    /// Starts them all and waits until they know each other.
    ///
    /// # Errors
    ///
    /// A server that does not start, or servers that don't find each other.
    pub fn start() -> io::Result<Self> {
        let master = RedisServer::start()?;
        let port = master.port().to_string();
        let replica = RedisServer::start_with(&["--replicaof", "127.0.0.1", &port])?;
        wait_until("the replica is in step", || in_step(&master))?;
        let sentinels = (0..3).map(|_| start_sentinel(master.port()));
        let sentinels = sentinels.collect::<io::Result<Vec<_>>>()?;
        let started = Self {
            servers: vec![master, replica],
            sentinels,
        };
        wait_until("the sentinels know each other", || {
            started.sentinels.iter().all(Sentinel::knows_all)
        })?;
        Ok(started)
    }

    /// The address that names all sentinels.
    #[must_use]
    pub fn url(&self) -> String {
        let hosts = self.sentinels.iter().map(|sentinel| {
            let port = sentinel.port;
            format!("127.0.0.1:{port}")
        });
        let hosts: Vec<String> = hosts.collect();
        format!("redis+sentinel://{}/{MASTER}", hosts.join(","))
    }

    /// The servers: first the one that was the master at the start.
    pub fn servers(&mut self) -> &mut [RedisServer] {
        &mut self.servers
    }

    /// The one that was the replica at the start.
    #[must_use]
    pub fn replica(&self) -> &RedisServer {
        &self.servers[1]
    }

    /// The process of a sentinel, for signals.
    #[must_use]
    pub fn sentinel_id(&self, index: usize) -> u32 {
        self.sentinels[index].process.id()
    }

    /// Has the sentinels let the replica take over, and waits until it has.
    ///
    /// # Errors
    ///
    /// Sentinels that refuse, or a replica that does not take over.
    pub fn fail_over(&self) -> io::Result<()> {
        let mut last = None;
        wait_until("a sentinel begins the failover", || {
            let begun = self.sentinels[0].run(&["FAILOVER", MASTER]);
            last = begun.err();
            last.is_none()
        })?;
        self.wait_for_replica()
    }

    /// Waits until the replica is the master.
    ///
    /// # Errors
    ///
    /// It is not in 20 seconds.
    pub fn wait_for_replica(&self) -> io::Result<()> {
        wait_until("the replica is the master", || {
            let replica = self.servers[1].text("INFO replication");
            replica.is_ok_and(|info| info.contains("role:master"))
        })
    }
}

/// Whether a server has a replica that has all that it has.
fn in_step(master: &RedisServer) -> bool {
    let info = master.text("INFO replication");
    info.is_ok_and(|info| info.contains("connected_slaves:1") && info.contains("state=online"))
}

fn start_sentinel(master: u16) -> io::Result<Sentinel> {
    let directory = TempDir::new()?;
    let port = free_port()?;
    let file = directory.path().join("sentinel.conf");
    let settings = format!(
        "port {port}\nbind 127.0.0.1\ndir {}\n\
         sentinel monitor {MASTER} 127.0.0.1 {master} 2\n\
         sentinel down-after-milliseconds {MASTER} 800\n\
         sentinel failover-timeout {MASTER} 4000\n",
        directory.path().display()
    );
    std::fs::write(&file, settings)?;
    let process = Command::new("redis-server")
        .arg(&file)
        .arg("--sentinel")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    Ok(Sentinel {
        process,
        port,
        _directory: directory,
    })
}

impl Sentinel {
    fn run(&self, command: &[&str]) -> redis::RedisResult<redis::Value> {
        let client = redis::Client::open(("127.0.0.1", self.port))?;
        redis::cmd("SENTINEL")
            .arg(command)
            .query(&mut client.get_connection()?)
    }

    /// Whether it knows the two others, and the master's replica.
    fn knows_all(&self) -> bool {
        let count = |what| {
            let known = self.run(&[what, MASTER]).ok()?;
            Some(known.as_sequence()?.len())
        };
        count("SENTINELS") == Some(2) && count("REPLICAS") == Some(1)
    }
}
