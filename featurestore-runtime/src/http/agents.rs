//! The Model Context Protocol over HTTP: one address, no sessions, a JSON answer to each request. Who
//! may ask, and from where, is decided around it, as for every route.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use rmcp::model::Extensions;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tower::ServiceExt as _;

use super::accept::Accept;
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
    Router::new().route_service(PATH, service.map_request(accepting_json))
}

/// What the protocol's library asks of a caller is that it accepts both forms of an answer. Here each
/// is JSON, so whoever takes that, or says nothing, is answered.
fn accepting_json(mut request: Request) -> Request {
    const BOTH: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");
    let accept = Accept::of(request.headers());
    let json = accept.quality("application/json", |_| true);
    if json.weight > 0 || accept.is_empty() {
        request.headers_mut().insert(header::ACCEPT, BOTH);
    }
    request
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
