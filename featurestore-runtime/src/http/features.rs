//! Features of entities: `POST /get-online-features` and `GET /services/NAME`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{Path, RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde::Serialize;
use serde_json::Value as Json;

use super::answer::{EntityAnswer, Results};
use super::entities::Entities;
use super::fields::Fields;
use super::grant::Grant;
use super::plain::{PlainRequest, Wanted};
use super::rejection::Rejection;
use super::serving::Serving;
use crate::store::Plan;
use crate::types::Value;

/// The routes that answer with features.
pub(super) fn routes() -> Router<Arc<Serving>> {
    Router::new()
        .route("/get-online-features", post(get_online_features))
        .route("/services/{name}", get(get_service))
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
        let entities = Entities::new(plan, keys, self.limits.max_entities)?;
        self.metrics.entities(entities.values.len());
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
    Extension(_grant): Extension<Grant>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Rejection> {
    // Whatever the content type says: what is read is JSON, and no browser's form is.
    let body = body.map_err(|error| match error {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            Rejection::BodyTooLarge {
                limit: serving.limits.max_body,
            }
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
    Extension(_grant): Extension<Grant>,
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

fn json(answer: &impl Serialize) -> Result<Response, Rejection> {
    let body = serde_json::to_vec(answer).map_err(|error| {
        tracing::error!(%error, "an answer could not be written");
        Rejection::Panic
    })?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}
