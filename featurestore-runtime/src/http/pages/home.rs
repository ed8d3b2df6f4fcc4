//! The first page: services, views and how fresh they are, and where to look entities up.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::drift;
use super::form::Form;
use super::frame::{Frame, answer};
use super::fresh::{self, Fresh};
use crate::http::serving::Serving;
use crate::http::visible::{Visible, VisibleView};
use crate::service::ServiceDefinition;
use crate::serving::Grant;
use crate::time::format_duration;
use crate::view::ViewDefinition;

#[derive(Debug, Template)]
#[template(path = "home.html")]
struct Home {
    frame: Frame,
    project: String,
    services: Vec<&'static ServiceDefinition>,
    views: Vec<ViewLine>,
    forms: Vec<Form>,
    /// What keeps the online store from answering.
    problem: Option<String>,
}

/// A view in the list of views.
#[derive(Debug)]
struct ViewLine {
    view: &'static ViewDefinition,
    features: usize,
    fresh: Fresh,
    /// Whether the source no longer fits the declaration.
    drifted: bool,
}

impl ViewLine {
    fn cadence(&self) -> Option<String> {
        self.view.cadence().map(|cadence| cadence.to_string())
    }

    fn ttl(&self) -> Option<String> {
        self.view.ttl_micros().map(format_duration)
    }
}

/// The join keys of a service, as people read them.
fn keys(service: &ServiceDefinition) -> String {
    let keys = service.join_keys();
    let keys: Vec<&str> = keys.iter().map(|(name, _)| *name).collect();
    keys.join(", ")
}

pub(super) async fn page(
    State(serving): State<Arc<Serving>>,
    Extension(grant): Extension<Grant>,
    frame: Frame,
    RawQuery(query): RawQuery,
) -> Response {
    let store = &serving.store;
    let visible = Visible::new(store.registry(), &grant);
    let views: Vec<_> = visible.views.iter().map(|visible| visible.view).collect();
    let (fresh, problem) = fresh::of_views(store, &views).await;
    let line = |(visible, fresh): (&VisibleView, Fresh), drifted| ViewLine {
        view: visible.view,
        features: visible.columns.len(),
        fresh,
        drifted,
    };
    let entities: BTreeMap<&str, &ViewDefinition> =
        views.iter().map(|view| (view.entity(), *view)).collect();
    let form = |(entity, view): (&str, &ViewDefinition)| {
        let keys = view.join_keys().iter().map(|key| (key.name(), key.dtype()));
        let action = format!("{}/registry/entities/{entity}", frame.base);
        Form::new(action, keys, query.as_deref())
    };
    let mut lines = Vec::with_capacity(views.len());
    for shown in visible.views.iter().zip(fresh) {
        let drifted = !drift::of(&serving, shown.0.view).await.is_empty();
        lines.push(line(shown, drifted));
    }
    let page = Home {
        project: store.project().to_owned(),
        services: visible.services,
        views: lines,
        forms: entities.into_iter().map(form).collect(),
        problem,
        frame,
    };
    answer(StatusCode::OK, &page)
}
