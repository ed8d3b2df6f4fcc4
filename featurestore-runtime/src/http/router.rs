//! The routes, and what is around all of them.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, Method, Uri};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer, ExposeHeaders};

#[cfg(feature = "mcp")]
use super::agents;
use super::around::{Access, Around, Shared};
use super::error::ServeError;
use super::hosts::Hosts;
#[cfg(feature = "pages")]
use super::pages;
use super::rejection::Rejection;
use super::serving::Serving;
use super::settings::HttpSettings;
use super::{features, health, openapi, request_id};
#[cfg(feature = "mcp")]
use crate::mcp::McpServer;
use crate::store::FeatureStore;

impl HttpSettings {
    #[doc = include_str!("../docs/http_router.md")]
    pub fn router(&self, store: FeatureStore) -> Result<Router, ServeError> {
        let hosts = !self.allowed_hosts.is_empty();
        Ok(build(self, store, hosts, false)?.0)
    }
}

/// The service, once its settings are checked; `over_socket` says that requests come over one of ours.
pub(super) fn build(
    settings: &HttpSettings,
    store: FeatureStore,
    check_hosts: bool,
    over_socket: bool,
) -> Result<(Router, Arc<Serving>), ServeError> {
    if let Some(tokens) = &settings.tokens {
        tokens.check(store.registry())?;
    }
    let origins = settings
        .cors_origins
        .iter()
        .map(|origin| parse_origin(origin));
    let origins = origins.collect::<Result<Vec<_>, _>>()?;
    let check = check_hosts && settings.tokens.is_none();
    let hosts = check.then(|| Hosts::new(&settings.allowed_hosts, &settings.cors_origins));
    let store = store.with_max_key(settings.limits.max_key);
    #[cfg(feature = "mcp")]
    let mcp = {
        let limits = settings.limits;
        let agents = settings.mcp.clone().max_key(limits.max_key);
        let agents = agents.max_answer(limits.max_answer);
        McpServer::exposing(store.clone(), &agents.call_time(limits.call_time()))?
    };
    let more = |serving: &Arc<Serving>| {
        #[cfg(feature = "mcp")]
        if let Some(mcp) = mcp {
            return agents::routes(mcp, serving);
        }
        #[cfg(not(feature = "mcp"))]
        let _ = serving;
        Router::new()
    };
    let shared = |serving| Shared {
        serving,
        tokens: settings.tokens.clone(),
        hosts,
        over_socket,
    };
    Ok(assemble(settings, store, more, shared, origins))
}

/// The service with its settings, which were checked, and `more` routes for callers.
fn assemble(
    settings: &HttpSettings,
    store: FeatureStore,
    more: impl FnOnce(&Arc<Serving>) -> Router<Arc<Serving>>,
    shared: impl FnOnce(Arc<Serving>) -> Shared,
    origins: Vec<HeaderValue>,
) -> (Router, Arc<Serving>) {
    let openapi = openapi::routes(&store, settings.limits.max_entities);
    let mut serving = Serving::new(store, settings.limits);
    serving.ready_when_empty = settings.ready_when_empty;
    #[cfg(all(feature = "pages", feature = "http-tls"))]
    {
        serving.is_tls = settings.tls.is_some();
    }
    let serving = Arc::new(serving);
    let shared = Arc::new(shared(Arc::clone(&serving)));
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
        .merge(around(pages::open_routes(), Access::Form));
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

fn parse_origin(origin: &str) -> Result<HeaderValue, ServeError> {
    let failure = || ServeError::Setting {
        setting: "cors-origin",
        reason: format!(
            "`{origin}` is no origin; write a scheme and a host, as in https://app.example, or `*`"
        ),
    };
    let rest = origin.split_once("://").map(|(_, rest)| rest);
    let whole = rest.is_some_and(|rest| !rest.is_empty() && !rest.contains('/'));
    if origin != "*" && !whole {
        return Err(failure());
    }
    HeaderValue::from_str(origin).map_err(|_| failure())
}
