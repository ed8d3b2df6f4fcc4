//! The routes, and what is around all of them.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, Method, Uri};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer, ExposeHeaders};

use super::around::{Access, Around, Shared};
use super::hosts::Hosts;
#[cfg(feature = "pages")]
use super::pages;
use super::rejection::Rejection;
use super::serving::Serving;
use super::settings::HttpSettings;
use super::{features, health, openapi, request_id};
use crate::store::FeatureStore;

/// The retrieval service as a router, to run alone or to nest in a server of one's own;
/// [`HttpSettings::router`](super::HttpSettings::router) makes one with tokens and other limits.
///
/// - `POST /get-online-features` reads features of one entity or of many: the body is
///   `{"user_id": "8a2f", "features": ["user_segment"]}` or `{"user_id": "8a2f", "service":
///   "watch_next"}`, the answer `{"user_id":"8a2f","features":{"user_segment":"power_user"}}`.
///   With a list as a join key the answer is `{"results":[..]}`, one such object per entity. With
///   `"metadata": true` each has the status and the event timestamp of its features as well. A
///   body with an object `entities` is answered in the form that Feast clients speak.
/// - `GET /services/NAME?user_id=8a2f` reads a service's features of one entity.
/// - `GET /health` says that the process is alive; it does not ask the online store.
/// - `GET /ready` says that the online store answers, and is 503 where it doesn't within 1 s.
/// - `GET /metrics` has what Prometheus scrapes.
/// - `GET /openapi.json` describes all of this as OpenAPI 3.1.
/// - `GET /` shows people what is declared and how fresh it is, and looks entities up; `/docs` shows
///   the description and tries it: with the feature `pages`.
/// - `/mcp` speaks the Model Context Protocol, where the settings name services for it.
///
/// A value that is missing is null. Every failure is `{"error":{"code":"..","message":".."}}`, and
/// every answer has `x-request-id`: the caller's, if that is a short word, else a new one.
pub fn router(store: FeatureStore) -> Router {
    build(
        &HttpSettings::new(),
        store,
        |_| Router::new(),
        None,
        Vec::new(),
    )
    .0
}

/// The service with its settings, which were checked, and `more` routes for callers.
pub(super) fn build(
    settings: &HttpSettings,
    store: FeatureStore,
    more: impl FnOnce(&Arc<Serving>) -> Router<Arc<Serving>>,
    hosts: Option<Hosts>,
    origins: Vec<HeaderValue>,
) -> (Router, Arc<Serving>) {
    let openapi = openapi::routes(&store, settings.limits.max_entities);
    let serving = Arc::new(Serving::new(store, settings.limits));
    let shared = Arc::new(Shared {
        serving: Arc::clone(&serving),
        tokens: settings.tokens.clone(),
        hosts,
    });
    let around = |routes: Router<Arc<Serving>>, access| {
        let shared = Arc::clone(&shared);
        routes
            .method_not_allowed_fallback(method_not_allowed)
            .layer(Around { shared, access })
    };
    let callers = features::routes().merge(more(&serving)).fallback(not_found);
    #[cfg(feature = "pages")]
    let openapi = openapi.merge(pages::routes());
    let described = around(openapi, Access::Callers);
    // Outside of what wants a token, since they answer who has none with the form to sign in by.
    #[cfg(feature = "pages")]
    let described = described
        .layer(axum::middleware::from_fn(pages::or_sign_in))
        .merge(around(pages::open_routes(), Access::Everyone));
    let router = around(callers, Access::Callers)
        .merge(described)
        .merge(around(health::routes(), Access::Everyone))
        .merge(around(health::metrics_route(), Access::Metrics));
    let router = match cors(origins) {
        Some(cors) => router.layer(cors),
        None => router,
    };
    (router.with_state(Arc::clone(&serving)), serving)
}

/// Lets pages of these origins read answers. A token is sent by the page itself, never by the
/// browser for it, so that any origin may be let in.
fn cors(origins: Vec<HeaderValue>) -> Option<CorsLayer> {
    let origins = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else if origins.is_empty() {
        return None;
    } else {
        AllowOrigin::list(origins)
    };
    let cors = CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(ExposeHeaders::list([request_id::HEADER]));
    Some(cors)
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
