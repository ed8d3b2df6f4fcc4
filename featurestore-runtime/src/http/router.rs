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

/// The service with its settings, which were checked, and `more` routes for callers.
pub(super) fn build(
    settings: &HttpSettings,
    store: FeatureStore,
    more: impl FnOnce(&Arc<Serving>) -> Router<Arc<Serving>>,
    hosts: Option<Hosts>,
    origins: Vec<HeaderValue>,
) -> (Router, Arc<Serving>) {
    let openapi = openapi::routes(&store, settings.limits.max_entities);
    let mut serving = Serving::new(store, settings.limits);
    serving.ready_when_empty = settings.ready_when_empty;
    let serving = Arc::new(serving);
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
