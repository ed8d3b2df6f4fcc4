//! The protocol over HTTP: one address, no sessions, a JSON answer to each request.

use std::sync::Arc;

use axum::Router;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use super::server::McpServer;
use super::settings::{McpError, McpSettings};
use crate::store::FeatureStore;

/// Where it is.
const PATH: &str = "/mcp";

/// The protocol at `/mcp`, for what each request is granted; no route where nothing is exposed. Hosts,
/// origins and the body's size are checked around it, as for every route.
pub(crate) fn routes<S>(
    store: FeatureStore,
    settings: &McpSettings,
    max_body: usize,
) -> Result<Router<S>, McpError>
where
    S: Clone + Send + Sync + 'static,
{
    if settings.is_empty() {
        return Ok(Router::new());
    }
    let server = McpServer::new(store, settings)?;
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .disable_allowed_hosts()
        .with_max_request_body_bytes(max_body);
    let sessions = Arc::new(NeverSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(server.clone()), sessions, config);
    Ok(Router::new().route_service(PATH, service))
}
