//! The protocol over HTTP: one address, no sessions, a JSON answer to each request. Who may ask, and
//! from where, is decided around it, as for every route.

use std::sync::Arc;

use axum::Router;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use super::server::McpServer;
use crate::http::Serving;

/// Where it is.
const PATH: &str = "/mcp";

/// The protocol at `/mcp`, for what each request is granted.
pub(crate) fn routes<S>(server: McpServer, serving: &Arc<Serving>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .disable_allowed_hosts()
        .disable_allowed_origins()
        .with_max_request_body_bytes(serving.limits.max_body);
    let sessions = Arc::new(NeverSessionManager::default());
    let server = server.counting(Arc::clone(serving));
    let service = StreamableHttpService::new(move || Ok(server.clone()), sessions, config);
    Router::new().route_service(PATH, service)
}
