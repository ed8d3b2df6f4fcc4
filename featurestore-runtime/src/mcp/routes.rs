//! The protocol over HTTP: one address, no sessions, a JSON answer to each request.

use std::sync::Arc;

use axum::{Extension, Router};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use super::server::McpServer;
use super::settings::{McpError, McpSettings};
use crate::http::{Grant, MAX_BODY};
use crate::store::FeatureStore;

/// Where it is.
const PATH: &str = "/mcp";

/// This machine, by the names that its own programs use.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// The protocol at `/mcp`, to nest in a server of one's own. Whoever reaches it may call all that the
/// settings expose.
///
/// # Errors
///
/// A service that the store doesn't know, or that can't be a tool.
pub fn router(store: FeatureStore, settings: &McpSettings) -> Result<Router, McpError> {
    Ok(routes(store, settings)?.layer(Extension(Grant::all())))
}

/// The protocol at `/mcp`, for what each request is granted; no route where nothing is exposed.
pub(crate) fn routes<S>(store: FeatureStore, settings: &McpSettings) -> Result<Router<S>, McpError>
where
    S: Clone + Send + Sync + 'static,
{
    if settings.is_empty() {
        return Ok(Router::new());
    }
    let server = McpServer::new(store, settings)?;
    let hosts = LOCAL.into_iter().map(str::to_owned);
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_allowed_hosts(hosts.chain(settings.hosts.iter().cloned()))
        .with_allowed_origins(&settings.origins)
        .enforce_origin_validation()
        .with_max_request_body_bytes(MAX_BODY);
    let sessions = Arc::new(NeverSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(server.clone()), sessions, config);
    Ok(Router::new().route_service(PATH, service))
}
