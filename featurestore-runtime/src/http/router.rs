//! The routes, and what is around all of them.

use std::any::Any;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{Method, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::trace::TraceLayer;

use super::grant::Grant;
use super::rejection::Rejection;
use super::serving::Serving;
use super::{MAX_BODY, MAX_ENTITIES};
use super::{features, health, openapi, pages};
use crate::store::FeatureStore;

/// The retrieval service as a router, to run alone or to nest in a server of one's own.
///
/// - `POST /get-online-features` reads features of one entity or of many: the body is
///   `{"user_id": "8a2f", "features": ["user_segment"]}` or `{"user_id": "8a2f", "service":
///   "watch_next"}`, the answer `{"user_id":"8a2f","features":{"user_segment":"power_user"}}`.
///   With a list as a join key the answer is `{"results":[..]}`, one such object per entity. With
///   `"metadata": true` each has the status and the event timestamp of its features as well.
/// - `GET /services/NAME?user_id=8a2f` reads a service's features of one entity.
/// - `GET /health` says that the process is alive; it does not ask the online store.
/// - `GET /openapi.json` describes all of this as OpenAPI 3.1, and `/docs` shows and tries it.
/// - `GET /` shows people what is declared and how fresh it is, and looks entities up.
///
/// A value that is missing is null. Every failure is `{"error":{"code":"..","message":".."}}`.
pub fn router(store: FeatureStore) -> Router {
    let openapi = openapi::routes(&store, MAX_ENTITIES);
    let serving = Arc::new(Serving::new(store));
    Router::new()
        .merge(features::routes())
        .merge(health::routes())
        .merge(openapi)
        .merge(pages::routes())
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
        .layer(Extension(Grant::all()))
        .merge(pages::open_routes())
        .layer(middleware::from_fn(pages::signed_in))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .with_state(serving)
}

async fn not_found(uri: Uri) -> Rejection {
    Rejection::NotFound {
        path: uri.path().to_owned(),
    }
}

async fn method_not_allowed(method: Method, uri: Uri) -> Rejection {
    Rejection::Method {
        method,
        path: uri.path().to_owned(),
    }
}

fn panicked(payload: Box<dyn Any + Send>) -> Response {
    let reason = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied());
    tracing::error!(reason, "a request panicked");
    Rejection::Panic.into_response()
}

/// The span of a request: no query string and no body, which hold entities' keys.
fn span(request: &Request) -> tracing::Span {
    tracing::info_span!("request", method = %request.method(), path = request.uri().path())
}
