//! The Model Context Protocol over HTTP: one address, no sessions, a JSON answer to each request. Who
//! may ask, and from where, is decided around it, as for every route.

use std::sync::Arc;

use axum::Router;
use axum::http::request::Parts;
use rmcp::model::Extensions;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use super::serving::Serving;
use crate::llm::{Tool, ToolAnswer};
use crate::mcp::{Answered, McpServer};
use crate::serving::Grant;

/// Where it is.
const PATH: &str = "/mcp";

/// The protocol at `/mcp`, for what each request is granted.
pub(super) fn routes<S>(server: McpServer, serving: &Arc<Serving>) -> Router<S>
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
    let server = server.granting(granted).counting(serving.clone());
    let service = StreamableHttpService::new(move || Ok(server.clone()), sessions, config);
    Router::new().route_service(PATH, service)
}

/// A request brings its grant; one that does not is granted nothing.
fn granted(extensions: &Extensions) -> Grant {
    let parts = extensions.get::<Parts>();
    let grant = parts.and_then(|parts| parts.extensions.get::<Grant>());
    grant.cloned().unwrap_or_else(|| Grant::services([]))
}

impl Answered for Serving {
    fn answered(&self, tool: &Tool, answer: &ToolAnswer) {
        self.metrics.entities(1);
        for (feature, (_, value)) in tool.service().features().iter().zip(answer.features()) {
            self.metrics.view(feature.view()).count(value.status, 1);
        }
    }
}
