//! The routes, and what is around all of them.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{DefaultBodyLimit, Path, RawQuery, Request, State};
use axum::http::{Method, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Serialize;
use serde_json::Value as Json;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::trace::TraceLayer;

use super::MAX_BODY;
use super::answer::{EntityAnswer, Results};
use super::entities::Entities;
use super::fields::Fields;
use super::plain::{PlainRequest, Wanted};
use super::rejection::Rejection;
use crate::store::{FeatureStore, Plan};
use crate::types::Value;

/// The retrieval service as a router, to run alone or to nest in a server of one's own.
///
/// - `POST /get-online-features` reads features of one entity or of many: the body is
///   `{"user_id": "8a2f", "features": ["user_segment"]}` or `{"user_id": "8a2f", "service":
///   "watch_next"}`, the answer `{"user_id":"8a2f","features":{"user_segment":"power_user"}}`.
///   With a list as a join key the answer is `{"results":[..]}`, one such object per entity. With
///   `"metadata": true` each has the status and the event timestamp of its features as well.
/// - `GET /services/NAME?user_id=8a2f` reads a service's features of one entity.
/// - `GET /health` says that the process is alive; it does not ask the online store.
///
/// A value that is missing is null. Every failure is `{"error":{"code":"..","message":".."}}`.
pub fn router(store: FeatureStore) -> Router {
    let plan = |service: &'static crate::service::ServiceDefinition| {
        (service.name(), store.plan_service(service))
    };
    let plans = store.registry().services().map(plan).collect();
    Router::new()
        .route("/get-online-features", post(get_online_features))
        .route("/services/{name}", get(get_service))
        .route("/health", get(health))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .with_state(Arc::new(Serving { store, plans }))
}

/// What the handlers share.
#[derive(Debug)]
struct Serving {
    store: FeatureStore,
    /// A service's features are resolved once, not per request.
    plans: HashMap<&'static str, Plan>,
}

impl Serving {
    /// Answers a request in the plain form.
    async fn answer(&self, request: PlainRequest) -> Result<Response, Rejection> {
        match &request.wanted {
            Wanted::Service(name) => {
                // The registry's error lists the services that there are.
                let name = self.store.registry().service(name)?.name();
                let Some(plan) = self.plans.get(name) else {
                    return Err(Rejection::Panic);
                };
                let names: Vec<&str> = plan.names().collect();
                self.read(plan, &names, request.keys, request.metadata)
                    .await
            }
            Wanted::Features(names) => {
                let given: Vec<&str> = request.keys.iter().map(|(key, _)| key.as_str()).collect();
                let plan = self
                    .store
                    .plan_features(names.iter().map(String::as_str), &given)?;
                self.read(&plan, names, request.keys, request.metadata)
                    .await
            }
        }
    }

    /// Reads a plan, and answers with its features under `names`.
    async fn read<N: AsRef<str>>(
        &self,
        plan: &Plan,
        names: &[N],
        keys: Vec<(String, Json)>,
        metadata: bool,
    ) -> Result<Response, Rejection> {
        let entities = Entities::new(plan, keys)?;
        let values = self.store.read_plan(plan, &entities.values).await?;
        let mut answers = Vec::with_capacity(values.len());
        let mut found = Vec::with_capacity(values.len());
        for values in values {
            match values {
                Ok(values) => found.push(Ok(values)),
                // Of a list, the other entities are answered.
                Err(error) if entities.many => found.push(Err(Rejection::from(error).to_json())),
                Err(error) => return Err(error.into()),
            }
        }
        for (entity, values) in found.iter().enumerate() {
            answers.push(EntityAnswer {
                keys: entities.keys(entity),
                names,
                values: values.as_deref(),
                metadata,
            });
        }
        match answers.pop() {
            Some(answer) if !entities.many => json(&answer),
            last => {
                answers.extend(last);
                json(&Results(answers))
            }
        }
    }
}

async fn get_online_features(
    State(serving): State<Arc<Serving>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Rejection> {
    // Whatever the content type says: what is read is JSON, and no browser's form is.
    let body = body.map_err(|error| match error {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            Rejection::BodyTooLarge
        }
        other => Rejection::BodyUnread {
            reason: other.to_string(),
        },
    })?;
    let fields = Fields::parse(&body)?;
    let request = PlainRequest::new(fields, serving.store.registry())?;
    serving.answer(request).await
}

async fn get_service(
    State(serving): State<Arc<Serving>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Rejection> {
    let service = serving.store.registry().service(&name)?;
    let dtypes = service.join_keys();
    let query = query.unwrap_or_default();
    let mut fields = vec![("service".to_owned(), Json::from(name))];
    for (name, text) in form_urlencoded::parse(query.as_bytes()) {
        let key = dtypes.iter().find(|(key, _)| *key == name);
        let value = match (key, &*name, &*text) {
            (Some((key, dtype)), _, text) => Value::parse(text, *dtype)
                .map_err(|error| Rejection::WrongKey { key, error })?
                .to_json(),
            (None, "metadata", "true") => Json::Bool(true),
            (None, "metadata", "false") => Json::Bool(false),
            (None, _, text) => Json::from(text),
        };
        fields.push((name.into_owned(), value));
    }
    let request = PlainRequest::new(Fields::new(fields)?, serving.store.registry())?;
    serving.answer(request).await
}

async fn health() -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        r#"{"status":"ok"}"#,
    )
        .into_response()
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

fn json(answer: &impl Serialize) -> Result<Response, Rejection> {
    let body = serde_json::to_vec(answer).map_err(|error| {
        tracing::error!(%error, "an answer could not be written");
        Rejection::Panic
    })?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}
