//! Real sentinels for a test: three of them, over a master and its replica.

use std::io;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::RedisServer;
use crate::redis_server::free_port;
use crate::redis_tls::Files;
use crate::wait_until;

/// What the sentinels call the master.
pub const MASTER: &str = "features";

/// A master, its replica, and three sentinels that let the replica take over.
#[derive(Debug)]
pub struct RedisSentinels {
    servers: Vec<RedisServer>,
    sentinels: Vec<Sentinel>,
    files: Option<Files>,
}

#[derive(Debug)]
struct Sentinel {
    process: Child,
    port: u16,
    directory: TempDir,
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
        Self::start_all(None)
    }

    /// Starts them all as [`start`](Self::start) does, and all of them speak only TLS.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start), and a server that was built without TLS.
    pub fn start_with_tls() -> io::Result<Self> {
        Self::start_all(Some(Files::new()?))
    }

    fn start_all(files: Option<Files>) -> io::Result<Self> {
        let start = |more: &[&str]| {
            let (mut arguments, mut port) = (Vec::new(), None);
            if let Some(files) = &files {
                let own = free_port()?;
                arguments = files.arguments(own);
                arguments.extend(["--tls-replication", "yes"].map(str::to_owned));
                port = Some(own);
            }
            let arguments = arguments.iter().map(String::as_str);
            let arguments: Vec<&str> = arguments.chain(more.iter().copied()).collect();
            let server = RedisServer::start_with(&arguments)?;
            let port = port.unwrap_or_else(|| server.port());
            Ok::<_, io::Error>((server, port))
        };
        let (master, port) = start(&[])?;
        let (replica, _) = start(&["--replicaof", "127.0.0.1", &port.to_string()])?;
        wait_until("the replica is in step", || in_step(&master))?;
        let sentinels = (0..3).map(|_| start_sentinel(port, files.as_ref()));
        let sentinels = sentinels.collect::<io::Result<Vec<_>>>()?;
        let started = Self {
            servers: vec![master, replica],
            sentinels,
            files,
        };
        wait_until("the sentinels know each other", || {
            started.sentinels.iter().all(Sentinel::knows_all)
        })?;
        Ok(started)
    }

    /// The address that names all sentinels, and over TLS the certificates.
    #[must_use]
    pub fn url(&self) -> String {
        let hosts = self.sentinels.iter().map(|sentinel| {
            let port = sentinel.port;
            format!("127.0.0.1:{port}")
        });
        let hosts: Vec<String> = hosts.collect();
        let hosts = hosts.join(",");
        match &self.files {
            Some(files) => {
                let parameters = files.parameters();
                format!("rediss+sentinel://{hosts}/{MASTER}?{parameters}")
            }
            None => format!("redis+sentinel://{hosts}/{MASTER}"),
        }
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

fn start_sentinel(master: u16, files: Option<&Files>) -> io::Result<Sentinel> {
    let directory = TempDir::new()?;
    let port = free_port()?;
    let file = directory.path().join("sentinel.conf");
    let listen = match files {
        Some(files) => {
            let arguments = files.arguments(port);
            let lines = arguments
                .chunks(2)
                .map(|pair| pair.join(" ").replacen("--", "", 1));
            let lines: Vec<String> = lines.collect();
            format!("{}\ntls-replication yes", lines.join("\n"))
        }
        None => format!("port {port}"),
    };
    let settings = format!(
        "{listen}\nbind 127.0.0.1\ndir {0}\nunixsocket {0}/socket\n\
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
        directory,
    })
}

impl Sentinel {
    fn run(&self, command: &[&str]) -> redis::RedisResult<redis::Value> {
        let socket = self.directory.path().join("socket");
        let client = redis::Client::open(format!("redis+unix://{}", socket.display()))?;
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
