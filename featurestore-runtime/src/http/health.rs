//! For whoever watches over the process: whether it is alive, whether it can answer, and what it
//! counted.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::exposition;
use super::rejection::Rejection;
use super::serving::Serving;
use crate::online::OnlineError;
use crate::store::FeatureStore;

/// How long the online store has to answer before the service is not ready.
const BOUND: Duration = Duration::from_secs(1);

/// The routes that answer everyone.
pub(super) fn routes() -> Router<Arc<Serving>> {
    Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
}

/// The route that is scraped.
pub(super) fn metrics_route() -> Router<Arc<Serving>> {
    Router::new().route("/metrics", get(metrics))
}

async fn health() -> Response {
    json(StatusCode::OK, r#"{"status":"ok"}"#)
}

/// Whether the online store answers, and holds anything of the project's views. The reason has no
/// address, since anyone may ask. Sources that no longer fit don't keep it from answering; how many
/// views have one is said beside.
async fn ready(State(serving): State<Arc<Serving>>) -> Response {
    let store = &serving.store;
    let location = || store.online().location();
    let reason = match tokio::time::timeout(BOUND, holds_rows(store)).await {
        Ok(Ok(true)) => return json(StatusCode::OK, serving.ready()),
        Ok(Ok(false)) if serving.ready_when_empty => return json(StatusCode::OK, serving.ready()),
        Ok(Ok(false)) => {
            let (location, project) = (location(), store.project());
            tracing::warn!(
                location,
                project,
                "not ready: the online store holds nothing of the project's views; materialize them, mend the address, or say --ready-when-empty"
            );
            "the online store holds no rows of the views"
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            match error {
                OnlineError::Unreachable { .. } => "the online store does not answer",
                OnlineError::Refused { .. } => "the online store refuses",
                _ => "the online store can't be used",
            }
        }
        Err(_) => {
            let location = location();
            tracing::warn!(location, "not ready: the online store takes more than 1 s");
            "the online store takes more than 1 s to answer"
        }
    };
    let body = format!(r#"{{"status":"not_ready","reason":"{reason}"}}"#);
    json(StatusCode::SERVICE_UNAVAILABLE, body)
}

/// Whether the online store has what any rows of the views would have left first: a layout. A
/// project without views has all that it needs.
async fn holds_rows(store: &FeatureStore) -> Result<bool, OnlineError> {
    let online = store.online();
    online.ping().await?;
    let layouts = online.layouts(store.project()).await?;
    let mut views = store.registry().views();
    Ok(views.len() == 0 || views.any(|view| layouts.iter().any(|kept| kept.field == view.field())))
}

async fn metrics(
    State(serving): State<Arc<Serving>>,
    headers: HeaderMap,
) -> Result<Response, Rejection> {
    serving.metrics.freshness.refresh(&serving.store).await;
    #[cfg(feature = "duckdb")]
    serving.metrics.drift.refresh(&serving.store).await;
    let metrics = serving
        .metrics
        .open_metrics()
        .map_err(|error| Rejection::broken(format!("the metrics can't be written: {error}")))?;
    Ok(exposition::answer(&headers, metrics))
}

fn json(status: StatusCode, body: impl IntoResponse) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

impl Serving {
    /// What a service that is ready says.
    fn ready(&self) -> String {
        #[cfg(feature = "duckdb")]
        if let drifted @ 1.. = self.metrics.drift.views() {
            return format!(r#"{{"status":"ready","drifted_views":{drifted}}}"#);
        }
        r#"{"status":"ready"}"#.to_owned()
    }
}
