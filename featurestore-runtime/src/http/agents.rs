//! The Model Context Protocol over HTTP: one address, no sessions, a JSON answer to each request. Who
//! may ask, and from where, is decided around it, as for every route.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest as _, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, Extensions};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use super::accept::Accept;
use super::rejection::Rejection;
use super::serving::Serving;
use crate::llm::{Tool, ToolAnswer};
use crate::mcp::{Answered, McpServer, Refusal, VERSIONS, parse};
use crate::serving::Grant;

/// Where it is.
const PATH: &str = "/mcp";

/// The header that names the protocol's version.
const VERSION: &str = "mcp-protocol-version";

/// The most bytes of a refusal of the protocol's library.
const MAX_REFUSAL: usize = 4 << 10;

type Agents = StreamableHttpService<McpServer, NeverSessionManager>;

/// The protocol at `/mcp`, for what each request is granted.
pub(super) fn routes<S>(server: McpServer, serving: &Arc<Serving>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let limit = serving.limits.max_body;
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .disable_allowed_hosts()
        .disable_allowed_origins()
        .with_max_request_body_bytes(limit);
    let sessions = Arc::new(NeverSessionManager::default());
    let server = server.granting(granted).counting(serving.clone());
    let service = Arc::new(Agents::new(move || Ok(server.clone()), sessions, config));
    let answer = move |request| answer(Arc::clone(&service), limit, request);
    Router::new().route(PATH, post(answer))
}

/// Answers a message, in JSON whatever the answer is.
async fn answer(
    service: Arc<Agents>,
    limit: usize,
    request: Request,
) -> Result<Response, Rejection> {
    const BOTH: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");
    let (mut parts, body) = request.into_parts();
    if let Err((status, refusal)) = check_head(&parts.headers) {
        return Ok(refused(status, &refusal));
    }
    let whole = Request::from_parts(parts.clone(), body);
    let body = Bytes::from_request(whole, &()).await;
    let body = body.map_err(|error| Rejection::body(&error, limit))?;
    let message = match parse(&body) {
        Ok(message) => message,
        // Of a request that is one, the answer is the protocol's, whatever it is.
        Err(refusal) if refusal.is_of_params() => return Ok(refused(StatusCode::OK, &refusal)),
        Err(refusal) => return Ok(refused(StatusCode::BAD_REQUEST, &refusal)),
    };
    if let Err(refusal) = check_version(&parts.headers, &message) {
        return Ok(refused(StatusCode::BAD_REQUEST, &refusal));
    }
    // The library asks that a caller accepts both forms of an answer; here each is JSON.
    parts.headers.insert(header::ACCEPT, BOTH);
    let request = Request::from_parts(parts, Body::from(body));
    Ok(in_json(service.handle(request).await.map(Body::new)).await)
}

/// Whether a request is JSON, and takes JSON or says nothing of what it takes.
fn check_head(headers: &HeaderMap) -> Result<(), (StatusCode, Refusal)> {
    const JSON: &str = "application/json";
    let accept = Accept::of(headers);
    if !accept.is_empty() && accept.quality(JSON, |_| true).weight == 0 {
        let refusal = Refusal::invalid("answers are JSON; accept application/json");
        return Err((StatusCode::NOT_ACCEPTABLE, refusal));
    }
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|content_type| content_type.to_str().ok());
    let is_json = content_type.is_some_and(|content_type| {
        let (essence, _) = content_type.split_once(';').unwrap_or((content_type, ""));
        essence.trim().eq_ignore_ascii_case(JSON)
    });
    if !is_json {
        let refusal = Refusal::invalid("a message is JSON; send `content-type: application/json`");
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, refusal));
    }
    Ok(())
}

/// Whether the version in a request's head, where there is one, is spoken here. With the first request
/// it is agreed on.
fn check_version(headers: &HeaderMap, message: &ClientJsonRpcMessage) -> Result<(), Refusal> {
    let Some(version) = headers.get(VERSION) else {
        return Ok(());
    };
    if let ClientJsonRpcMessage::Request(request) = message
        && matches!(request.request, ClientRequest::InitializeRequest(_))
    {
        return Ok(());
    }
    let is_spoken = VERSIONS.iter().any(|spoken| version == spoken.as_str());
    if is_spoken {
        return Ok(());
    }
    let spoken: Vec<&str> = VERSIONS
        .iter()
        .map(rmcp::model::ProtocolVersion::as_str)
        .collect();
    Err(Refusal::invalid(format!(
        "the version in the header `{VERSION}` is not spoken here; there is: {}",
        spoken.join(", ")
    )))
}

fn refused(status: StatusCode, refusal: &Refusal) -> Response {
    (status, Json(refusal.to_json())).into_response()
}

/// What the protocol's library refuses in plain text, as an error of the protocol.
async fn in_json(response: Response) -> Response {
    let status = response.status();
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let is_json = content_type.is_some_and(|value| value == "application/json");
    if is_json || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let text = to_bytes(response.into_body(), MAX_REFUSAL).await;
    let text = text.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    if status.is_server_error() {
        tracing::error!(reason = %text, "the protocol's library failed");
        let refusal = Refusal::internal("the server failed on this request; its log says why");
        return refused(status, &refusal);
    }
    refused(status, &Refusal::invalid(text))
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
            if let Some(view) = feature.view() {
                self.metrics.view(view).count(value.status, 1);
            }
        }
    }
}
