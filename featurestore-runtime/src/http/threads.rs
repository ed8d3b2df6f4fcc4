//! The threads that answer, each with a tokio runtime of its own: a request is taken, read for from
//! the online store and answered on one thread, so that no thread has to wake another one for it.

use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::mpsc;

use super::connections::{self, Handle};
use super::incoming::{Connection, Incoming, Peer};
use super::serving::Serving;
use super::settings::HttpSettings;
use crate::time::tick;

/// How many connections may wait for a thread that is busy; more wait in the system's own queue.
const QUEUE: usize = 64;

/// How long no connection is taken after one could not be.
const PAUSE: Duration = Duration::from_millis(50);

/// Threads that answer connections, until they are told to stop, or this is dropped.
#[derive(Debug)]
pub(super) struct Threads {
    threads: Vec<Thread>,
    /// The most connections that they have together.
    max: usize,
    serving: Arc<Serving>,
}

/// What becomes of threads, each when it has ended.
#[derive(Debug)]
pub(super) struct Ended {
    count: usize,
    ended: mpsc::UnboundedReceiver<io::Result<()>>,
}

#[derive(Debug)]
struct Thread {
    handle: Handle,
    queue: mpsc::Sender<Connection>,
}

impl Threads {
    /// Starts them.
    pub(super) fn start(
        router: &Router,
        serving: &Arc<Serving>,
        settings: &HttpSettings,
    ) -> io::Result<(Self, Ended)> {
        let count = settings.workers.map_or_else(processors, NonZeroUsize::get);
        let (report, ended) = mpsc::unbounded_channel();
        let mut threads = Self {
            threads: Vec::with_capacity(count),
            max: settings.connections.max,
            serving: Arc::clone(serving),
        };
        for index in 0..count {
            let (queue, connections) = mpsc::channel(QUEUE);
            let handle = Handle::new();
            let incoming = Incoming::new(connections);
            let serve = connections::serve(incoming, router.clone(), settings, handle.clone());
            threads.threads.push(Thread { handle, queue });
            let report = report.clone();
            thread::Builder::new()
                .name(format!("http-{index}"))
                .spawn(move || {
                    let ended = catch_unwind(AssertUnwindSafe(|| run(serve)));
                    let panicked = |_| Err(io::Error::other("a thread panicked"));
                    // Who stopped listening does not need to know.
                    let _ = report.send(ended.unwrap_or_else(panicked));
                })?;
        }
        Ok((threads, Ended { count, ended }))
    }

    /// Takes connections from a listener for as long as it is polled, each for the thread that has
    /// the fewest, and closes at once what is too many.
    pub(super) async fn take_from(&self, listener: TcpListener) {
        for first in (0..self.threads.len()).cycle() {
            match accept(&listener).await {
                Ok(connection) => self.hand_over(connection, first).await,
                Err(error) => {
                    connections::not_taken(None, &error);
                    // Where there are no file descriptors, there are none at once.
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Threads that have as many connections take turns; `first` would be the next.
    async fn hand_over(&self, connection: Connection, first: usize) {
        let (behind, from) = self.threads.split_at(first);
        let in_turn = || from.iter().chain(behind);
        if in_turn().map(Thread::connections).sum::<usize>() >= self.max {
            self.serving.metrics.connections_refused.inc();
            tracing::debug!(address = %connection.1, "there are too many connections");
            return;
        }
        let fewest = in_turn().min_by_key(|thread| (thread.is_full(), thread.connections()));
        if let Some(thread) = fewest {
            // One that has ended has said so.
            let _ = thread.queue.send(connection).await;
        }
    }

    /// Has them finish what they took, for up to so long.
    pub(super) fn stop(&self, grace: Duration) {
        for thread in &self.threads {
            thread.handle.graceful_shutdown(Some(grace));
        }
    }
}

impl Ended {
    /// Waits until all of them have ended, or one has failed.
    pub(super) async fn all(mut self) -> io::Result<()> {
        for _ in 0..self.count {
            self.ended.recv().await.transpose()?;
        }
        Ok(())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.stop(connections::GRACE);
    }
}

impl Thread {
    /// How many connections it has or is about to have.
    fn connections(&self) -> usize {
        let waiting = self.queue.max_capacity() - self.queue.capacity();
        self.handle.connection_count() + waiting
    }

    /// Whether no more may wait for it.
    fn is_full(&self) -> bool {
        self.queue.capacity() == 0
    }
}

/// How many of them have work at once.
fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

fn run(serve: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.spawn(tick());
    let served = runtime.block_on(serve);
    // What still waits for a file is not waited for.
    runtime.shutdown_background();
    served
}

async fn accept(listener: &TcpListener) -> io::Result<Connection> {
    let (stream, address) = listener.accept().await?;
    // It is polled by the thread that answers.
    Ok((stream.into_std()?, Peer::new(address)))
}
