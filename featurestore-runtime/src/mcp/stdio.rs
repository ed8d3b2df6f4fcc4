//! The protocol over standard input and output, for agents that start their servers themselves.

use std::future::Future;
use std::pin::pin;

use futures_util::future::{Either, select};
use rmcp::service::ServerInitializeError;
use rmcp::transport::io::stdio_pipes;

use super::lines::Lines;
use super::server::McpServer;
use super::settings::{McpError, McpSettings};
use crate::serving::MAX_BODY;
use crate::store::FeatureStore;

/// Answers an agent over standard input and output, until the input ends or `shutdown` is ready.
/// Nothing else may write to the standard output meanwhile.
///
/// # Errors
///
/// A service that the store doesn't know or that can't be a tool, or a client that does not speak the
/// protocol.
///
/// # Panics
///
/// Outside of a tokio runtime.
pub async fn serve_stdio(
    store: FeatureStore,
    settings: &McpSettings,
    shutdown: impl Future<Output = ()>,
) -> Result<(), McpError> {
    let server = McpServer::new(store, settings)?;
    let (reader, writer) = stdio_pipes();
    let transport = Lines::new(reader, writer, MAX_BODY);
    let mut shutdown = pin!(shutdown);
    let begun = pin!(rmcp::serve_server(server, transport));
    let running = match select(begun, shutdown.as_mut()).await {
        Either::Left((Ok(running), _)) => running,
        // It went away before it said anything.
        Either::Left((Err(ServerInitializeError::ConnectionClosed(_)), _)) | Either::Right(_) => {
            return Ok(());
        }
        Either::Left((Err(error), _)) => {
            return Err(McpError::Conversation {
                reason: error.to_string(),
            });
        }
    };
    let cancel = running.cancellation_token();
    let ended = pin!(running.waiting());
    match select(ended, shutdown).await {
        Either::Left((Ok(_), _)) => Ok(()),
        Either::Left((Err(error), _)) => Err(McpError::Conversation {
            reason: error.to_string(),
        }),
        Either::Right(((), ended)) => {
            cancel.cancel();
            // How it ended is of no interest to whoever stopped it.
            let _ = ended.await;
            Ok(())
        }
    }
}
