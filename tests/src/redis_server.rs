//! A real `redis-server` for a test, ended with it.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server may take to start, on the slowest of machines.
const START: Duration = Duration::from_secs(120);

/// A Redis server of a test's own, on a port and a Unix socket that were free. It keeps nothing
/// on disk, and dropping it kills it.
#[derive(Debug)]
pub struct RedisServer {
    process: Child,
    directory: TempDir,
    port: u16,
    arguments: Vec<String>,
}

impl RedisServer {
    /// Starts a server and waits until it answers.
    ///
    /// # Errors
    ///
    /// No `redis-server` on this machine, or one that does not start.
    pub fn start() -> io::Result<Self> {
        Self::start_with(&[])
    }

    /// Starts a server with further arguments: `["--requirepass", "secret"]`.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_with(arguments: &[&str]) -> io::Result<Self> {
        let arguments: Vec<String> = arguments.iter().map(|&text| text.to_owned()).collect();
        let mut attempts = 0;
        loop {
            let directory = TempDir::new()?;
            let port = free_port()?;
            let mut process = spawn(&directory, port, &arguments)?;
            match wait_until_up(&mut process, &directory) {
                Ok(()) => {
                    return Ok(Self {
                        process,
                        directory,
                        port,
                        arguments,
                    });
                }
                // Another process may have taken the port between the look and the start.
                Err(_) if attempts < 3 => attempts += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Its address over TCP, without a password.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its address over the Unix socket, without a password.
    #[must_use]
    pub fn unix_url(&self) -> String {
        format!("redis+unix://{}", socket(&self.directory).display())
    }

    /// A connection to it over the Unix socket, for what a test does behind a store's back.
    ///
    /// # Errors
    ///
    /// A server that is down, or wants a password.
    pub fn connect(&self) -> redis::RedisResult<redis::Connection> {
        redis::Client::open(self.unix_url())?.get_connection()
    }

    /// Runs a command on it: `server.run("CONFIG SET maxmemory 1mb")`.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect), and what the server refuses.
    pub fn run(&self, command: &str) -> redis::RedisResult<redis::Value> {
        let mut words = command.split(' ');
        let mut command = redis::cmd(words.next().unwrap_or_default());
        for word in words {
            command.arg(word);
        }
        command.query(&mut self.connect()?)
    }

    /// Its answer to a command, as text: `server.text("INFO replication")`.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and an answer that is no text.
    pub fn text(&self, command: &str) -> redis::RedisResult<String> {
        Ok(redis::from_redis_value(self.run(command)?)?)
    }

    /// Sends it a signal: `server.signal("STOP")`.
    ///
    /// # Errors
    ///
    /// No `kill` on this machine.
    pub fn signal(&self, signal: &str) -> io::Result<()> {
        let signal = format!("-{signal}");
        let id = self.id().to_string();
        let status = Command::new("kill").args([signal, id]).status()?;
        if status.success() {
            Ok(())
        } else {
            Err(io::Error::other(format!("kill ended: {status}")))
        }
    }

    /// Its own directory, for files that it is to read.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process's id, for signals.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Kills it, as `kill -9` does.
    ///
    /// # Errors
    ///
    /// A process that can't be killed.
    pub fn kill(&mut self) -> io::Result<()> {
        self.process.kill()?;
        self.process.wait().map(drop)
    }

    /// Starts it again where it was, empty, and waits until it answers.
    ///
    /// # Errors
    ///
    /// A server that does not start.
    pub fn restart(&mut self) -> io::Result<()> {
        self.kill()?;
        self.process = spawn(&self.directory, self.port, &self.arguments)?;
        wait_until_up(&mut self.process, &self.directory)
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

/// A port on 127.0.0.1 that nothing listens on.
///
/// # Errors
///
/// A machine without a free port.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

fn log(directory: &TempDir) -> PathBuf {
    directory.path().join("redis.log")
}

fn socket(directory: &TempDir) -> PathBuf {
    directory.path().join("redis.sock")
}

fn spawn(directory: &TempDir, port: u16, arguments: &[String]) -> io::Result<Child> {
    let log = std::fs::File::create(log(directory))?;
    Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
        // Replicas get what there is at once, not five seconds later with others that may come.
        .args(["--repl-diskless-sync-delay", "0"])
        .arg("--dir")
        .arg(directory.path())
        .arg("--unixsocket")
        .arg(socket(directory))
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(log.try_clone()?)
        .stdout(log)
        .spawn()
        .map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("these tests need a `redis-server` in the PATH, install redis: {error}"),
            )
        })
}

/// Waits for an answer to PING; an error asking for a password is one. Asked is the socket, which
/// no other server can have.
fn wait_until_up(process: &mut Child, directory: &TempDir) -> io::Result<()> {
    let begun = Instant::now();
    loop {
        match ping(&socket(directory)) {
            Ok(answer) if answer.starts_with(b"+PONG") || answer.starts_with(b"-NOAUTH") => {
                return Ok(());
            }
            _ if begun.elapsed() > START => break,
            _ => std::thread::sleep(Duration::from_millis(10)),
        }
        if let Some(status) = process.try_wait()? {
            let log = std::fs::read_to_string(log(directory)).unwrap_or_default();
            return Err(io::Error::other(format!(
                "redis-server ended: {status}\n{log}"
            )));
        }
    }
    process.kill()?;
    process.wait()?;
    Err(io::Error::other(format!(
        "redis-server did not answer in {START:?}"
    )))
}

fn ping(socket: &Path) -> io::Result<Vec<u8>> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(b"PING\r\n")?;
    let mut answer = vec![0; 64];
    let length = stream.read(&mut answer)?;
    answer.truncate(length);
    Ok(answer)
}
