//! What is around every route: who may ask, limits, counting, and the headers that all answers have.
//! One service does all of it, since each layer of a router costs every request an allocation.

use std::cell::Cell;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt as _, Limited};
use tower::{Layer, Service};
use tracing::{Instrument as _, Span};

use super::authority;
use super::current::{self, CURRENT, Current};
use super::failure_form::FailureForm;
use super::forms::Forms;
use super::hosts::Hosts;
use super::metrics::RouteMetrics;
use super::rejection::Rejection;
use super::request_id::{self, RequestId};
use super::serving::Serving;
use super::tokens::{Caller, Tokens};
use crate::serving::Grant;

/// How much of a body that is refused is still taken, in bytes: who sends all before reading learns
/// why, where a connection that is closed meanwhile says nothing.
const MAX_DRAINED: usize = 32 << 20;

/// The largest body that axum's extractors read unless told otherwise.
const AXUM_MAX_BODY: usize = 2 << 20;

/// Who may ask for a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Everyone, also where there are too many requests.
    Everyone,
    /// Everyone, with a body that a form to sign in by has at most.
    #[cfg(feature = "pages")]
    Form,
    /// Who may scrape the metrics, also where there are too many requests.
    Metrics,
    /// Who has a token, if there are any.
    Callers,
}

/// The layer that puts all of it around a router's routes.
#[derive(Debug, Clone)]
pub(super) struct Around {
    pub(super) shared: Arc<Shared>,
    pub(super) access: Access,
}

/// What the routes of a router share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) serving: Arc<Serving>,
    pub(super) tokens: Option<Tokens>,
    pub(super) hosts: Option<Hosts>,
    /// Whether requests come over a socket of ours, and not from whatever the router is part of.
    pub(super) over_socket: bool,
}

/// A route with all of it around.
#[derive(Debug, Clone)]
pub(super) struct Surrounded<S> {
    inner: S,
    endpoint: Arc<Endpoint>,
}

#[derive(Debug)]
struct Endpoint {
    around: Around,
    /// Known with the first request, which has the route's path.
    metrics: OnceLock<Arc<RouteMetrics>>,
}

impl<S> Layer<S> for Around {
    type Service = Surrounded<S>;

    fn layer(&self, inner: S) -> Surrounded<S> {
        Surrounded {
            inner,
            endpoint: Arc::new(Endpoint {
                around: self.clone(),
                metrics: OnceLock::new(),
            }),
        }
    }
}

impl<S> Service<Request> for Surrounded<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let started = Instant::now();
        let metrics = self.endpoint.metrics(&request);
        let in_flight = metrics.enter();
        let id = RequestId::of(request.headers());
        let span = span(&request, &id, metrics.path());
        let current = Current {
            id,
            method: request.method().clone(),
            route: Arc::clone(metrics),
            failures: Cell::new(FailureForm::of_path(request.uri().path())),
        };
        let admitted = self.endpoint.admit(&mut request, in_flight.number);
        let forms = Forms::of(request.headers());
        let limit = self.endpoint.around.shared.serving.limits.request_time;
        let inner = match admitted {
            Ok(()) => Ok(self.inner.call(request)),
            Err(rejection) => Err((rejection, request.into_body())),
        };
        let recorded = (!span.is_disabled()).then(|| span.clone());
        let answer = async move {
            let response = match inner {
                Ok(inner) => within(limit, inner).await,
                Err((rejection, body)) => {
                    if matches!(rejection, Rejection::BodyTooLarge { .. }) {
                        // What takes longer is given up.
                        let _ = tokio::time::timeout(limit, drain(body)).await;
                    }
                    rejection.into_response()
                }
            };
            drop(in_flight);
            let response = forms.give(response).await;
            Ok(finish(response, started, recorded))
        };
        Box::pin(CURRENT.scope(current, answer).instrument(span))
    }
}

impl Endpoint {
    fn metrics(&self, request: &Request) -> &Arc<RouteMetrics> {
        self.metrics.get_or_init(|| {
            let path = request.extensions().get::<MatchedPath>();
            let path = path.map(MatchedPath::as_str);
            Arc::new(RouteMetrics::new(&self.around.shared.serving.metrics, path))
        })
    }

    /// Lets a request in, with what it may read, or says why not.
    fn admit(&self, request: &mut Request, number: usize) -> Result<(), Rejection> {
        let Around { shared, access } = &self.around;
        let host = authority::host(request, shared.over_socket)?;
        if *access == Access::Everyone {
            return Ok(());
        }
        let limits = shared.serving.limits;
        #[cfg(feature = "pages")]
        if *access == Access::Form {
            limits.check_requests(number)?;
            return bound_body(request, limits.max_form());
        }
        if let Some(hosts) = &shared.hosts {
            hosts.check(host, request.headers())?;
        }
        let grant = match &shared.tokens {
            None => Grant::all(),
            Some(tokens) => {
                let caller = caller(tokens, request.headers()).ok_or(Rejection::NoToken)?;
                if *access == Access::Metrics && !caller.metrics {
                    return Err(Rejection::NoMetrics);
                }
                caller.grant.clone()
            }
        };
        if *access == Access::Callers {
            limits.check_requests(number)?;
        }
        bound_body(request, limits.max_body)?;
        request.extensions_mut().insert(grant);
        Ok(())
    }
}

/// Who asks, by `authorization: Bearer TOKEN`, or where there is no such header, by the cookie that a
/// person has from signing in.
fn caller<'a>(tokens: &'a Tokens, headers: &HeaderMap) -> Option<&'a Caller> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        #[cfg(feature = "pages")]
        return tokens.caller(super::pages::token(headers)?.as_bytes());
        #[cfg(not(feature = "pages"))]
        return None;
    };
    let (scheme, token) = value.as_bytes().split_at_checked(7)?;
    if scheme.eq_ignore_ascii_case(b"bearer ") {
        tokens.caller(token.trim_ascii())
    } else {
        None
    }
}

/// Refuses a body that says that it is too large, and stops one that doesn't where it becomes so.
fn bound_body(request: &mut Request, limit: usize) -> Result<(), Rejection> {
    let size = request.body().size_hint();
    if size.lower() > limit as u64 {
        return Err(Rejection::BodyTooLarge { limit });
    }
    if size.upper().is_none() {
        let body = std::mem::take(request.body_mut());
        *request.body_mut() = Body::new(Limited::new(body, limit));
    }
    if limit > AXUM_MAX_BODY {
        DefaultBodyLimit::disable().apply(request);
    }
    Ok(())
}

/// Takes what is left of a body that is too large. How it begins tells who is told so.
async fn drain(mut body: Body) {
    let mut drained = 0;
    while let Some(Ok(frame)) = body.frame().await {
        let data = frame.data_ref().map_or(&[][..], Bytes::as_ref);
        if drained == 0 && FailureForm::of_beginning(data) == FailureForm::Feast {
            current::told_by(FailureForm::Feast);
        }
        drained += data.len();
        if drained > MAX_DRAINED {
            return;
        }
    }
}

/// Waits for an answer that comes in time and without a panic.
async fn within(
    limit: Duration,
    answer: impl Future<Output = Result<Response, Infallible>>,
) -> Response {
    // What a handler shares with others is made for it: locks that are poisoned are taken over.
    let answer = AssertUnwindSafe(answer).catch_unwind();
    match tokio::time::timeout(limit, answer).await {
        Ok(Ok(Ok(response))) => response,
        Ok(Err(_)) => Rejection::Panic.into_response(),
        Err(_) => Rejection::Timeout { limit }.into_response(),
    }
}

/// Counts an answer and gives it what all have.
fn finish(mut response: Response, started: Instant, span: Option<Span>) -> Response {
    let (status, took) = (response.status(), started.elapsed());
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    CURRENT.with(|current| {
        current.route.answered(&current.method, status, took);
        headers.insert(request_id::HEADER, current.id.header());
    });
    if let Some(span) = span {
        span.record("http.response.status_code", status.as_u16());
        if status.is_server_error() {
            span.record("otel.status_code", "ERROR");
        }
        tracing::debug!(status = status.as_u16(), ?took, "answered");
    }
    response
}

/// The span of a request, made only where somebody looks at it: no path, query or body, which have
/// entities' keys. It is called after the route; where there is none, after the method alone.
fn span(request: &Request, id: &RequestId, route: Option<&str>) -> Span {
    let method = request.method();
    let span = tracing::debug_span!(
        "request",
        otel.kind = "server",
        otel.name = tracing::field::Empty,
        otel.status_code = tracing::field::Empty,
        http.request.method = %method,
        http.route = route,
        http.response.status_code = tracing::field::Empty,
        request_id = %id,
    );
    match route {
        Some(route) => span.record(
            "otel.name",
            tracing::field::display(format_args!("{method} {route}")),
        ),
        None => span.record("otel.name", tracing::field::display(method)),
    };
    #[cfg(feature = "otel")]
    super::otel::adopt_parent(&span, request.headers());
    span
}
