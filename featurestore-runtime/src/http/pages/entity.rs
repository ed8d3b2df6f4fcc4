//! All that is known of an entity, view by view.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::form::Form;
use super::frame::{Frame, answer, missing};
use super::results::{FoundFeature, Results};
use super::view;
use crate::http::name::Name;
use crate::http::serving::Serving;
use crate::http::visible::{Visible, VisibleView};
use crate::registry::unknown;
use crate::serving::Grant;
use crate::view::{ColumnDefinition, ViewDefinition};

#[derive(Debug, Template)]
#[template(path = "entity.html")]
struct Page {
    frame: Frame,
    project: String,
    entity: String,
    parts: Vec<Part>,
    form: Form,
    results: Results,
}

/// A view of the entity, with what was found of its features.
#[derive(Debug)]
struct Part {
    view: &'static ViewDefinition,
    found: Vec<(&'static ColumnDefinition, FoundFeature)>,
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
    let entities = visible.views.iter().map(|visible| visible.view.entity());
    let message = unknown("entity", &name, entities).to_string();
    let mut views = visible.views;
    views.retain(|visible| visible.view.entity() == name);
    let plan = match view::plan(store, &views) {
        Ok(plan) if !views.is_empty() => plan,
        other => {
            let message = other.err().unwrap_or(message);
            return missing(frame, project, message);
        }
    };
    let action = format!("{}/registry/entities/{name}", frame.base);
    let mut form = Form::new(
        action,
        plan.join_keys().iter().copied(),
        &[],
        query.as_deref(),
    );
    let results = Results::read(store, &plan, &mut form).await;
    let mut found = results.found().iter().cloned();
    let part = |visible: VisibleView| Part {
        view: visible.view,
        found: visible.columns.into_iter().zip(&mut found).collect(),
    };
    let page = Page {
        project,
        entity: name,
        parts: views.into_iter().map(part).collect(),
        form,
        results,
        frame,
    };
    answer(page.results.status(), &page)
}
