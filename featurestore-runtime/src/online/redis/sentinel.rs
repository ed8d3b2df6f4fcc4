//! Finding the master: the sentinels are asked, and the server itself has the last word.

use std::collections::HashMap;

use futures_util::future::select_ok;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ConnectionInfo, RedisResult, Value};

use super::super::OnlineError;
use super::failure::Place;
use super::slots::with_address;

/// Sentinels, and what they call the master.
pub(super) struct Sentinels {
    clients: Vec<Client>,
    master: String,
    /// How the master is talked to; the host and the port are the sentinels' to say.
    server: ConnectionInfo,
}

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
        })
    }

    /// Connects to the master. All sentinels are asked at once and the first that knows it is
    /// followed, so one that hangs costs nothing.
    pub(super) async fn connect(
        &self,
        config: &AsyncConnectionConfig,
        place: &Place,
    ) -> Result<MultiplexedConnection, OnlineError> {
        let asked = self
            .clients
            .iter()
            .map(|client| Box::pin(self.address(client, config, place)));
        let ((host, port), _) = select_ok(asked).await?;
        let failure = |error| place.failure(&error);
        let info = with_address(&self.server, host.clone(), port);
        let mut connection = Client::open(info)
            .map_err(failure)?
            .get_multiplexed_async_connection_with_config(config)
            .await
            .map_err(|error| match place.failure(&error) {
                OnlineError::Unreachable { reason, .. } => {
                    place.unreachable(format!("the master {host}:{port}: {reason}"))
                }
                other => other,
            })?;
        let role: Value = redis::cmd("ROLE")
            .query_async(&mut connection)
            .await
            .map_err(failure)?;
        let role = role.as_sequence().and_then(<[Value]>::first);
        match role {
            Some(Value::BulkString(role)) if role == b"master" => Ok(connection),
            _ => Err(place.unreachable(format!(
                "{host}:{port}, which a sentinel calls the master `{}`, says that it is none",
                self.master
            ))),
        }
    }

    async fn address(
        &self,
        client: &Client,
        config: &AsyncConnectionConfig,
        place: &Place,
    ) -> Result<(String, u16), OnlineError> {
        let name = client.get_connection_info().addr().to_string();
        let failure = |error| match place.failure(&error) {
            OnlineError::Unreachable { reason, .. } => {
                place.unreachable(format!("the sentinel {name}: {reason}"))
            }
            OnlineError::Refused { reason, .. } => {
                place.refused(format!("the sentinel {name}: {reason}"))
            }
            other => other,
        };
        let mut connection = client
            .get_multiplexed_async_connection_with_config(config)
            .await
            .map_err(failure)?;
        let known: Option<(String, u16)> = redis::cmd("SENTINEL")
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
        Err(place.refused(format!(
            "the sentinel {name} knows no master `{}`; it watches {}",
            self.master,
            names.join(", ")
        )))
    }
}
