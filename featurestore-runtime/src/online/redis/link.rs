//! The connection to a server: made when needed, shared by all calls, made again when it is lost.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, IntoConnectionInfo, Pipeline, RedisError,
    RedisResult, Value,
};

use super::super::{OnlineError, redact};

/// How long connecting may take, with the greeting.
const CONNECT: Duration = Duration::from_secs(1);
/// How long a request may take, connecting and a second attempt included.
const ANSWER: Duration = Duration::from_millis(1800);
/// How many requests may wait to be sent before further callers wait.
const QUEUE: usize = 1024;

/// What is asked of a server in one round trip.
#[derive(Debug, Clone, Copy)]
pub(super) enum Request<'a> {
    Command(&'a Cmd),
    Pipeline(&'a Pipeline),
}

/// A server's address and, once it was needed, a connection to it.
pub(super) struct Link {
    client: Client,
    config: AsyncConnectionConfig,
    location: String,
    open: Mutex<Option<Open>>,
    /// Held by the one caller that connects; the others wait for what it gets.
    connecting: tokio::sync::Mutex<Option<(Instant, RedisError)>>,
}

/// A connection. The number tells it from earlier ones, so that a late failure of one of those
/// does not close it.
#[derive(Clone)]
struct Open {
    connection: MultiplexedConnection,
    number: u64,
}

impl Link {
    pub(super) fn new(url: &str) -> Result<Self, OnlineError> {
        let location = redact(url);
        let invalid = |reason: String| OnlineError::Url {
            url: location.clone(),
            reason,
        };
        #[cfg(not(feature = "redis-tls"))]
        if url.starts_with("rediss:") || url.starts_with("valkeys:") {
            return Err(OnlineError::NotBuilt {
                url: location,
                feature: "redis-tls",
            });
        }
        let parsed = redis::parse_redis_url(url)
            .ok_or_else(|| invalid("it has another form or scheme".to_owned()))?;
        let info = parsed
            .into_connection_info()
            .map_err(|error| invalid(config_reason(&error)))?;
        let tcp = info.tcp_settings().clone().set_nodelay(true);
        let info = info.set_tcp_settings(tcp);
        if matches!(info.addr(), ConnectionAddr::TcpTls { .. }) {
            choose_crypto();
        }
        let client = Client::open(info).map_err(|error| invalid(config_reason(&error)))?;
        Ok(Self {
            client,
            config: AsyncConnectionConfig::new()
                .set_connection_timeout(Some(CONNECT))
                .set_response_timeout(None)
                .set_pipeline_buffer_size(QUEUE),
            location,
            open: Mutex::new(None),
            connecting: tokio::sync::Mutex::new(None),
        })
    }

    /// The address for people, without its password.
    pub(super) fn location(&self) -> &str {
        &self.location
    }

    pub(super) fn password(&self) -> Option<&str> {
        self.client
            .get_connection_info()
            .redis_settings()
            .password()
    }

    /// Sends a request and gives its answer: of a pipeline an array, in which errors of single
    /// commands stand in their places.
    pub(super) async fn ask(&self, request: Request<'_>) -> Result<Value, OnlineError> {
        let mut used = None;
        let answer = tokio::time::timeout(ANSWER, self.exchange(request, &mut used)).await;
        match answer {
            Ok(Ok(Value::ServerError(error))) => Err(self.refusal(&error)),
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(self.failure(&error)),
            Err(_) => {
                // A server that hangs and a network that drops packets look the same from here,
                // and only a new connection gets over the latter.
                if let Some(number) = used {
                    self.close(number);
                }
                Err(self.unreachable(format!("no answer within {} s", ANSWER.as_secs_f32())))
            }
        }
    }

    /// Asks once more where the connection turns out to be lost. Every request can be repeated:
    /// reads change nothing, and a row that was written is as new as itself.
    async fn exchange(&self, request: Request<'_>, used: &mut Option<u64>) -> RedisResult<Value> {
        let mut again = self.opened().is_some();
        loop {
            let mut open = self.connect().await?;
            *used = Some(open.number);
            match send(&mut open.connection, request).await {
                Err(error) if error.is_io_error() => {
                    self.close(open.number);
                    *used = None;
                    if !std::mem::take(&mut again) {
                        return Err(error);
                    }
                }
                answer => return answer,
            }
        }
    }

    async fn connect(&self) -> RedisResult<Open> {
        if let Some(open) = self.opened() {
            return Ok(open);
        }
        let asked = Instant::now();
        let mut failed = self.connecting.lock().await;
        if let Some(open) = self.opened() {
            return Ok(open);
        }
        if let Some((when, error)) = failed.as_ref() {
            // Who waited while an attempt failed does not wait for one more.
            if *when > asked {
                return Err(error.clone());
            }
        }
        let attempt = self
            .client
            .get_multiplexed_async_connection_with_config(&self.config)
            .await;
        match attempt {
            Ok(connection) => {
                let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
                let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                Ok(open.insert(Open { connection, number }).clone())
            }
            Err(error) => {
                *failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    fn opened(&self) -> Option<Open> {
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Closes the connection with this number, if it is still the one in use.
    pub(super) fn close(&self, number: u64) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.as_ref().is_some_and(|open| open.number == number) {
            *open = None;
        }
    }
}

static NUMBER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

async fn send(connection: &mut MultiplexedConnection, request: Request<'_>) -> RedisResult<Value> {
    match request {
        Request::Command(command) => connection.send_packed_command(command).await,
        Request::Pipeline(pipeline) => connection
            .send_packed_commands(pipeline, 0, pipeline.len())
            .await
            .map(Value::Array),
    }
}

fn config_reason(error: &RedisError) -> String {
    let text = error.to_string();
    let reason = text.split(" - ").next().unwrap_or_default();
    let mut characters = reason.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(characters).collect()
    })
}

/// Where a program links several implementations, rustls wants one to be chosen.
fn choose_crypto() {
    #[cfg(feature = "redis-tls")]
    let _ = rustls::crypto::ring::default_provider().install_default();
}
