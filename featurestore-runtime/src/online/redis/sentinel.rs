//! Finding the master: the sentinels are asked, and the server itself has the last word.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::select_ok;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ConnectionInfo, RedisResult, Value};
use tokio::time::Instant;

use super::super::OnlineError;
use super::failure::Endpoint;
use super::slots::{Node, with_address};

/// Sentinels, and what they call the master.
pub(super) struct Sentinels {
    clients: Vec<Client>,
    master: String,
    /// How the master is talked to; the host and the port are the sentinels' to say.
    server: ConnectionInfo,
    current: Mutex<Option<(Node, Instant)>>,
}

/// How long a server is taken for the master before the sentinels are asked again.
const KEPT: Duration = Duration::from_secs(1);

impl Sentinels {
    pub(super) fn new(
        sentinels: Vec<ConnectionInfo>,
        master: String,
        server: ConnectionInfo,
    ) -> RedisResult<Self> {
        let clients = sentinels.into_iter().map(Client::open);
        Ok(Self {
            clients: clients.collect::<RedisResult<_>>()?,
            master,
            server,
            current: Mutex::new(None),
        })
    }

    /// Connects to the master. All sentinels are asked at once and the first that knows it is
    /// followed, so one that hangs costs nothing.
    pub(super) async fn connect(
        &self,
        config: &AsyncConnectionConfig,
        endpoint: &Endpoint,
    ) -> Result<MultiplexedConnection, OnlineError> {
        let (host, port) = self.ask(endpoint).await?;
        let failure = |error| endpoint.failure(&error);
        let info = with_address(&self.server, host.clone(), port);
        let mut connection = Client::open(info)
            .map_err(failure)?
            .get_multiplexed_async_connection_with_config(config)
            .await
            .map_err(|error| match endpoint.failure(&error) {
                OnlineError::Unreachable { reason, source, .. } => endpoint
                    .unreachable(format!("the master {host}:{port}: {reason}"))
                    .caused_by(source),
                other => other,
            })?;
        let role: Value = redis::cmd("ROLE")
            .query_async(&mut connection)
            .await
            .map_err(failure)?;
        let role = role.as_sequence().and_then(<[Value]>::first);
        match role {
            Some(Value::BulkString(role)) if role == b"master" => {
                *self.current() = Some(((host, port), Instant::now()));
                Ok(connection)
            }
            _ => Err(endpoint.unreachable(format!(
                "{host}:{port}, which a sentinel calls the master `{}`, says that it is none",
                self.master
            ))),
        }
    }

    /// Whether the master has been used for so long that the sentinels should be asked again.
    pub(super) fn is_due(&self) -> bool {
        match &mut *self.current() {
            Some((_, since)) if since.elapsed() >= KEPT => {
                *since = Instant::now();
                true
            }
            _ => false,
        }
    }

    /// Whether the sentinels call another server the master than the one last connected to.
    pub(super) async fn is_another(&self, endpoint: &Endpoint) -> bool {
        let Ok(master) = self.ask(endpoint).await else {
            return false;
        };
        matches!(&*self.current(), Some((current, _)) if *current != master)
    }

    fn current(&self) -> MutexGuard<'_, Option<(Node, Instant)>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks all sentinels at once and takes the first answer.
    async fn ask(&self, endpoint: &Endpoint) -> Result<Node, OnlineError> {
        let asked = self
            .clients
            .iter()
            .map(|client| Box::pin(self.address(client, endpoint)));
        let (master, _) = select_ok(asked).await?;
        Ok(master)
    }

    async fn address(&self, client: &Client, endpoint: &Endpoint) -> Result<Node, OnlineError> {
        let name = client.get_connection_info().addr().to_string();
        let failure = |error| match endpoint.failure(&error) {
            OnlineError::Unreachable { reason, source, .. } => endpoint
                .unreachable(format!("the sentinel {name}: {reason}"))
                .caused_by(source),
            OnlineError::Refused { reason, .. } => {
                endpoint.refused(format!("the sentinel {name}: {reason}"))
            }
            other => other,
        };
        let connect = Some(endpoint.timeouts().connect);
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(connect)
            .set_response_timeout(connect);
        let mut connection = client
            .get_multiplexed_async_connection_with_config(&config)
            .await
            .map_err(failure)?;
        let known: Option<Node> = redis::cmd("SENTINEL")
            .arg("GET-MASTER-ADDR-BY-NAME")
            .arg(&self.master)
            .query_async(&mut connection)
            .await
            .map_err(failure)?;
        if let Some(address) = known {
            return Ok(address);
        }
        let masters: Vec<HashMap<String, String>> = redis::cmd("SENTINEL")
            .arg("MASTERS")
            .query_async(&mut connection)
            .await
            .map_err(failure)?;
        let mut names: Vec<_> = masters
            .iter()
            .filter_map(|master| master.get("name"))
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        Err(endpoint.refused(format!(
            "the sentinel {name} knows no master `{}`; it watches {}",
            self.master,
            names.join(", ")
        )))
    }
}
