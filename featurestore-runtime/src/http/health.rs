//! Whether the process is alive.

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::serving::Serving;

/// The routes for whoever watches over the process.
pub(super) fn routes() -> Router<Arc<Serving>> {
    Router::new().route("/health", get(health))
}

async fn health() -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        r#"{"status":"ok"}"#,
    )
        .into_response()
}
