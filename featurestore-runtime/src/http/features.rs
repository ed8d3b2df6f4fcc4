//! Features of entities: `POST /get-online-features` and `GET /services/NAME`.

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use tokio::task::consume_budget;

use super::answer::{Names, PlainAnswer};
use super::current;
use super::entities::Entities;
use super::failure_form::FailureForm;
use super::feast::{self, FeastRequest};
use super::fields::Fields;
use super::given::Given;
use super::name::Name;
use super::plain::PlainRequest;
use super::rejection::Rejection;
use super::serving::{Resolved, ServicePlan, Serving};
use super::wanted::Wanted;
use crate::registry::unknown;
use crate::service::ServiceDefinition;
use crate::serving::Grant;
use crate::store::{Plan, PlannedRows};
use crate::types::Value;

/// The routes that answer with features.
pub(super) fn routes() -> Router<Arc<Serving>> {
    Router::new()
        .route("/get-online-features", post(get_online_features))
        .route("/services/{name}", get(get_service))
}

impl Serving {
    /// What is read for a service. One that the caller may not read is to it as if there were none.
    fn service(&self, grant: &Grant, name: &str) -> Result<&ServicePlan, Rejection> {
        if let Some(plan) = self
            .plans
            .get(name)
            .filter(|plan| grant.allows(plan.service))
        {
            return Ok(plan);
        }
        let services = self.store.registry().services();
        let services = services.filter(|service| grant.allows(service));
        let names: Vec<&str> = services.map(ServiceDefinition::name).collect();
        if names.contains(&name) {
            return Err(Rejection::broken(format!("service `{name}` has no plan")));
        }
        Err(unknown("service", name, names.into_iter()).into())
    }

    /// What is read for features by name, of those that the caller may read.
    fn features(
        &self,
        grant: &Grant,
        names: &[Cow<'_, str>],
        keys: &[(Cow<'_, str>, Given<'_>)],
    ) -> Result<Resolved, Rejection> {
        let given: Vec<&str> = keys.iter().map(|(key, _)| key.as_ref()).collect();
        let names = names.iter().map(AsRef::as_ref);
        let registry = self.store.registry();
        let plan = self.store.plan_readable(names, &given, &|view, column| {
            grant.allows_column(registry.services(), view, column)
        })?;
        Ok(Resolved::new(plan, &self.metrics))
    }

    /// The entities of a request in the plain form: keys that no asked feature needs are left out.
    fn needed<'a>(
        &self,
        plan: &Plan,
        mut keys: Vec<(Cow<'a, str>, Given<'a>)>,
    ) -> Result<Entities<'a>, Rejection> {
        let (wanted, request) = (plan.join_keys(), plan.request());
        keys.retain(|(name, _)| {
            wanted.iter().any(|(key, _)| key == name)
                || request.iter().any(|field| field.name() == name)
        });
        self.entities(plan, keys)
    }

    /// The entities of a request, as many as one may ask about.
    fn entities<'a>(
        &self,
        plan: &Plan,
        keys: Vec<(Cow<'a, str>, Given<'a>)>,
    ) -> Result<Entities<'a>, Rejection> {
        let entities = Entities::new(plan, keys, self.limits.max_entities)?;
        self.metrics.entities(entities.len());
        Ok(entities)
    }

    /// Answers a request in the plain form.
    async fn answer(
        &self,
        grant: &Grant,
        request: PlainRequest<'_>,
    ) -> Result<Response, Rejection> {
        let PlainRequest {
            wanted,
            metadata,
            keys,
        } = request;
        match &wanted {
            Wanted::Service(name) => {
                let service = self.service(grant, name)?;
                let entities = self.needed(&service.resolved.plan, keys)?;
                self.answer_plain(&service.resolved, &service.names, &entities, metadata)
                    .await
            }
            Wanted::Features(names) => {
                let resolved = self.features(grant, names, &keys)?;
                let entities = self.needed(&resolved.plan, keys)?;
                let names = Names::new(names.iter().map(AsRef::as_ref));
                self.answer_plain(&resolved, &names, &entities, metadata)
                    .await
            }
        }
    }

    /// Reads a plan, and answers with its features under `names`.
    async fn answer_plain(
        &self,
        resolved: &Resolved,
        names: &Names,
        entities: &Entities<'_>,
        metadata: bool,
    ) -> Result<Response, Rejection> {
        let plan = &resolved.plan;
        let inputs = entities.inputs(plan, &self.store)?;
        let rows = self.read(resolved, entities).await?;
        let mut answer = PlainAnswer::new(plan, names, metadata, entities.len());
        if entities.are_many() {
            answer.out.extend_from_slice(b"{\"results\":[");
        }
        for entity in 0..entities.len() {
            if entity > 0 {
                answer.out.push(b',');
            }
            let live = rows.live(&self.store, plan.entities(), entity).await;
            let pushed = live.and_then(|live| {
                let computed = live.compute(plan, inputs.get(entity))?;
                let mut cells = live.cells(plan, &computed)?;
                answer.push(entities.keys(entity), &mut cells)
            });
            match pushed.map_err(Rejection::from) {
                Ok(()) => {}
                // Of a list, the other entities are answered.
                Err(error) if entities.are_many() => {
                    answer.push_error(entities.keys(entity), &error.to_json());
                }
                Err(error) => return Err(error),
            }
            self.limits.check_answer(answer.out.len())?;
            // So that other requests have their turn, and this one's time can end.
            consume_budget().await;
        }
        if entities.are_many() {
            answer.out.extend_from_slice(b"]}");
        }
        answer.counts.report(&resolved.views);
        Ok(json(answer.out))
    }

    /// Answers a request in Feast's form.
    async fn answer_feast(
        &self,
        grant: &Grant,
        request: FeastRequest<'_>,
    ) -> Result<Response, Rejection> {
        let by_name;
        let resolved = match &request.wanted {
            Wanted::Service(name) => &self.service(grant, name)?.resolved,
            Wanted::Features(names) => {
                by_name = self.features(grant, names, &request.keys)?;
                &by_name
            }
        };
        let plan = &resolved.plan;
        let entities = self.entities(plan, request.keys)?;
        let names = feast::answer_names(plan, &entities, request.full_names)?;
        let inputs = entities.inputs(plan, &self.store)?;
        let rows = self.read(resolved, &entities).await?;
        let mut live = Vec::with_capacity(entities.len());
        for entity in 0..entities.len() {
            live.push(rows.live(&self.store, plan.entities(), entity).await?);
            consume_budget().await;
        }
        let each = live.iter().enumerate();
        let computed = each.map(|(entity, live)| live.compute(plan, inputs.get(entity)));
        let computed = computed.collect::<Result<Vec<_>, _>>()?;
        let cells = live.iter().zip(&computed);
        let cells: Result<Vec<_>, _> = cells
            .map(|(live, computed)| live.cells(plan, computed))
            .collect();
        let (body, counts) =
            feast::write_answer(plan, &names, &entities, &mut cells?, &self.limits).await?;
        counts.report(&resolved.views);
        Ok(json(body))
    }

    /// Reads the rows of a request's entities.
    async fn read(
        &self,
        resolved: &Resolved,
        entities: &Entities<'_>,
    ) -> Result<PlannedRows, Rejection> {
        let plan = &resolved.plan;
        let value = |entity, key| entities.value(entity, key, &self.store);
        let addresses = self.store.plan_addresses(plan, entities.len(), value)?;
        Ok(PlannedRows::read(&self.store, plan.entities(), addresses).await?)
    }
}

async fn get_online_features(
    State(serving): State<Arc<Serving>>,
    Extension(grant): Extension<Grant>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Rejection> {
    // Whatever the content type says: what is read is JSON, and no browser's form is.
    let body = body.map_err(|error| Rejection::body(&error, serving.limits.max_body))?;
    let fields = Fields::parse(&body)?;
    if FeastRequest::has_form(&fields) {
        current::told_by(FailureForm::Feast);
        let keys = serving.join_keys(&grant);
        let request = FeastRequest::new(fields, keys, serving.limits.max_entities)?;
        serving.answer_feast(&grant, request).await
    } else {
        let request = PlainRequest::new(fields, serving.join_keys(&grant))?;
        serving.answer(&grant, request).await
    }
}

async fn get_service(
    State(serving): State<Arc<Serving>>,
    Extension(grant): Extension<Grant>,
    Name(name): Name,
    RawQuery(query): RawQuery,
) -> Result<Response, Rejection> {
    let plan = &serving.service(&grant, &name)?.resolved.plan;
    let query = query.unwrap_or_default();
    let mut fields = vec![(Cow::Borrowed("service"), Given::Text(name.into()))];
    for (name, text) in form_urlencoded::parse(query.as_bytes()) {
        let key = plan.join_keys().iter().find(|(key, _)| *key == name);
        let field = plan.request().iter().find(|field| field.name() == name);
        let value = match (key, &*name, &*text) {
            (Some((key, dtype)), _, text) => Value::parse(text, *dtype)
                .map_err(|error| Rejection::WrongKey { key, error })?
                .to_json()
                .into(),
            (None, ..) if let Some(field) = field => Value::parse(&text, field.dtype())
                .map_err(|error| Rejection::WrongRequest {
                    field: field.name(),
                    error: error.into(),
                })?
                .to_json()
                .into(),
            (None, "metadata", "true") => Given::Bool(true),
            (None, "metadata", "false") => Given::Bool(false),
            (None, _, _) => Given::Text(text),
        };
        fields.push((name, value));
    }
    let request = PlainRequest::new(Fields::new(fields)?, serving.join_keys(&grant))?;
    serving.answer(&grant, request).await
}

fn json(body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
