//! The connection to a server: made when needed, shared by all calls, made again when it is lost.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redis::aio::{MultiplexedConnection, SendError};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, Pipeline, PushInfo, ServerError,
    Value,
};
use tokio::time::Instant;

use super::super::OnlineError;
use super::failure::Endpoint;
use super::request::{Request, send};
use super::script::KnownScripts;
use super::sentinel::Sentinels;

/// How many requests may wait to be sent before further callers wait.
const QUEUE: usize = 1024;
/// How long nobody tries to connect after a first attempt failed, and after many.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(250));

/// Which server a link is to.
pub(super) enum Target {
    Server(Client),
    /// A replica within a cluster, which answers only who says that an older answer will do.
    ReadOnly(Client),
    /// The one that sentinels call the master, whichever it is now.
    Master(Sentinels),
}

/// A server and, once it was needed, a connection to it.
pub(super) struct Link {
    target: Target,
    /// Which of several servers it is, for messages.
    name: Option<String>,
    config: AsyncConnectionConfig,
    endpoint: Arc<Endpoint>,
    open: Mutex<Option<Open>>,
    /// Held by the one caller that connects; the others wait for what it gets.
    connecting: tokio::sync::Mutex<Attempts>,
}

/// A connection. The number tells it from earlier ones, so that a late failure of one of those
/// does not close it.
#[derive(Clone)]
struct Open {
    connection: MultiplexedConnection,
    number: u64,
    scripts: Arc<KnownScripts>,
}

/// What became of the attempts to connect since one succeeded.
#[derive(Default)]
struct Attempts {
    failed: Option<(Instant, OnlineError)>,
    pause: Duration,
}

impl Link {
    pub(super) fn new(target: Target, name: Option<String>, endpoint: Arc<Endpoint>) -> Self {
        let mut config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(endpoint.timeouts().connect))
            .set_response_timeout(None)
            .set_pipeline_buffer_size(QUEUE);
        if let Some(cache) = endpoint.cache() {
            let cache = Arc::clone(cache);
            config = config.set_push_sender(move |push: PushInfo| {
                cache.hear(&push);
                Ok::<(), SendError>(())
            });
        }
        Self {
            target,
            name,
            config,
            endpoint,
            open: Mutex::new(None),
            connecting: tokio::sync::Mutex::new(Attempts::default()),
        }
    }

    /// A link to the one server at an address.
    pub(super) fn to(
        info: ConnectionInfo,
        name: Option<String>,
        endpoint: Arc<Endpoint>,
    ) -> Result<Self, OnlineError> {
        let client = Client::open(info).map_err(|error| endpoint.failure(&error))?;
        Ok(Self::new(Target::Server(client), name, endpoint))
    }

    /// Sends a request and gives its answer: of pipelines an array, in which errors of single
    /// commands stand where their answers would.
    pub(super) async fn ask(
        &self,
        request: Request<'_>,
        deadline: Instant,
    ) -> Result<Value, OnlineError> {
        let begun = Instant::now();
        let mut used = None;
        match tokio::time::timeout_at(deadline, self.exchange(request, &mut used)).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(self.named(error)),
            Err(_) => Err(self.named(self.too_late(begun, used))),
        }
    }

    fn too_late(&self, begun: Instant, used: Option<u64>) -> OnlineError {
        let command = self.endpoint.timeouts().command;
        if let Some(number) = used {
            // A server that hangs and a network that drops packets look the same from here, and
            // only a new connection gets over the latter. What is left of a deadline after other
            // attempts says nothing about this one.
            if begun.elapsed() >= command / 3 {
                self.close(number);
            }
        } else if let Ok(attempts) = self.connecting.try_lock()
            && let Some((_, error)) = &attempts.failed
        {
            return error.clone();
        }
        let seconds = command.as_secs_f32();
        self.endpoint
            .unreachable(format!("no answer within {seconds} s"))
    }

    /// Asks once more where the connection turns out to be lost. Every request can be repeated:
    /// reads change nothing, and a row that was written is as new as itself.
    async fn exchange(
        &self,
        request: Request<'_>,
        used: &mut Option<u64>,
    ) -> Result<Value, OnlineError> {
        let mut known = self.opened();
        let mut again = known.is_some();
        loop {
            let mut open = match known.take() {
                Some(open) => open,
                None => self.connect().await?,
            };
            *used = Some(open.number);
            match send(&mut open.connection, &open.scripts, request).await {
                Err(error) if error.is_io_error() => {
                    self.close(open.number);
                    *used = None;
                    if !std::mem::take(&mut again) {
                        return Err(self.endpoint.failure(&error));
                    }
                }
                Err(error) => return Err(self.endpoint.failure(&error)),
                Ok(answer) => return Ok(answer),
            }
        }
    }

    async fn connect(&self) -> Result<Open, OnlineError> {
        if let Some(open) = self.opened() {
            return Ok(open);
        }
        let asked = Instant::now();
        let mut attempts = self.connecting.lock().await;
        if let Some(open) = self.opened() {
            return Ok(open);
        }
        if let Some((when, error)) = &attempts.failed {
            // Who waited while an attempt failed does not wait for one more.
            if *when > asked {
                return Err(error.clone());
            }
            tokio::time::sleep_until(*when + attempts.pause).await;
        }
        let connect = self.endpoint.timeouts().connect;
        let attempt = tokio::time::timeout(connect, self.attempt())
            .await
            .unwrap_or_else(|_| Err(self.endpoint.slow_connection()));
        match attempt {
            Ok(connection) => {
                *attempts = Attempts::default();
                let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(open
                    .insert(Open {
                        connection,
                        number: NUMBER.fetch_add(1, Ordering::Relaxed),
                        scripts: Arc::default(),
                    })
                    .clone())
            }
            Err(error) => {
                attempts.pause = (attempts.pause * 2).clamp(PAUSES.0, PAUSES.1);
                attempts.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    async fn attempt(&self) -> Result<MultiplexedConnection, OnlineError> {
        let failure = |error| self.endpoint.failure(&error);
        let connect = async |client: &Client| {
            client
                .get_multiplexed_async_connection_with_config(&self.config)
                .await
                .map_err(failure)
        };
        let mut connection = match &self.target {
            Target::Server(client) | Target::ReadOnly(client) => connect(client).await?,
            Target::Master(sentinels) => sentinels.connect(&self.config, &self.endpoint).await?,
        };
        let mut greeting = Pipeline::new();
        if matches!(self.target, Target::ReadOnly(_)) {
            greeting.cmd("READONLY");
        }
        if self.endpoint.cache().is_some() {
            greeting.cmd("CLIENT").arg("TRACKING").arg("ON");
        }
        if !greeting.is_empty() {
            greeting
                .exec_async(&mut connection)
                .await
                .map_err(failure)?;
        }
        Ok(connection)
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The error that the server answered a command with.
    pub(super) fn refusal(&self, error: &ServerError) -> OnlineError {
        self.named(self.endpoint.refusal(error))
    }

    /// The server's host, where it is known by one.
    pub(super) fn host(&self) -> &str {
        let (Target::Server(client) | Target::ReadOnly(client)) = &self.target else {
            return "";
        };
        match client.get_connection_info().addr() {
            ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => host,
            _ => "",
        }
    }

    /// Whether it is time to see if the sentinels still call the same server the master.
    pub(super) fn is_master_due(&self) -> bool {
        matches!(&self.target, Target::Master(sentinels) if sentinels.is_due())
    }

    /// Leaves a server that was the master when it was connected to, and no longer is. It may
    /// take rows for many seconds until it learns that itself.
    pub(super) async fn check_master(&self) {
        if let Target::Master(sentinels) = &self.target
            && sentinels.is_another(&self.endpoint).await
        {
            self.leave();
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.opened().is_some()
    }

    fn opened(&self) -> Option<Open> {
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Closes the connection with this number, if it is still the one in use.
    fn close(&self, number: u64) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.as_ref().is_some_and(|open| open.number == number) {
            *open = None;
            self.forget_rows();
        }
    }

    /// Nobody says any more what changes of the rows that this server gave.
    fn forget_rows(&self) {
        if let Some(cache) = self.endpoint.cache() {
            cache.clear();
        }
    }

    /// Closes the connection: what is at its end is no longer the server that is wanted.
    pub(super) fn leave(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.forget_rows();
    }

    /// Has scripts told to the server once more.
    pub(super) fn forget_scripts(&self) {
        if let Some(open) = self.opened() {
            open.scripts.forget();
        }
    }

    /// Says in an error which of several servers it is from.
    fn named(&self, mut error: OnlineError) -> OnlineError {
        if let (
            Some(name),
            OnlineError::Unreachable { reason, .. } | OnlineError::Refused { reason, .. },
        ) = (&self.name, &mut error)
        {
            reason.insert_str(0, &format!("{name}: "));
        }
        error
    }
}

static NUMBER: AtomicU64 = AtomicU64::new(0);
