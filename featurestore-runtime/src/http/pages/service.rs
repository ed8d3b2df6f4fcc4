//! A service's page.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::form::Form;
use super::frame::{Frame, answer, missing};
use super::results::{FoundFeature, Results};
use super::snippets::{self, Snippet};
use crate::http::name::Name;
use crate::http::serving::Serving;
use crate::http::visible::Visible;
use crate::registry::unknown;
use crate::service::{ServiceDefinition, ServiceFeature};
use crate::serving::Grant;

#[derive(Debug, Template)]
#[template(path = "service.html")]
struct Page {
    frame: Frame,
    project: String,
    service: &'static ServiceDefinition,
    features: Vec<Feature>,
    form: Form,
    results: Results,
    /// How programs ask for the same.
    snippets: Vec<Snippet>,
}

/// A feature of the service, with what it reads.
#[derive(Debug)]
struct Feature {
    own: &'static ServiceFeature,
    found: Option<FoundFeature>,
}

impl Feature {
    /// What it is where its view has no value.
    fn default(&self) -> String {
        match self.own.default() {
            Some(default) => default.text().into_owned(),
            None if self.own.may_be_null() => "null".to_owned(),
            None => "–".to_owned(),
        }
    }
}

pub(super) async fn page(
    State(serving): State<Arc<Serving>>,
    Extension(grant): Extension<Grant>,
    Name(name): Name,
    RawQuery(query): RawQuery,
    frame: Frame,
) -> Response {
    let store = &serving.store;
    let project = store.project().to_owned();
    let visible = Visible::new(store.registry(), &grant);
    let Some(service) = visible.service(&name) else {
        let names = visible.services.iter().map(|service| service.name());
        let message = unknown("service", &name, names).to_string();
        return missing(frame, project, message);
    };
    let plan = store.plan_service(service);
    let action = format!("{}/registry/services/{name}", frame.base);
    let mut form = Form::new(
        action,
        plan.join_keys().iter().copied(),
        plan.request(),
        query.as_deref(),
    );
    let results = Results::read(store, &plan, &mut form).await;
    let feature = |(index, own): (usize, &'static ServiceFeature)| Feature {
        own,
        found: results.found().get(index).cloned(),
    };
    let page = Page {
        snippets: snippets::of_service(service, &form, &frame),
        project,
        service,
        features: service.features().iter().enumerate().map(feature).collect(),
        form,
        results,
        frame,
    };
    answer(page.results.status(), &page)
}
