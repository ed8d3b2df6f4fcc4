//! A view's page.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::drift;
use super::form::Form;
use super::frame::{Frame, answer, missing};
use super::fresh::{self, Fresh};
use super::results::{FoundFeature, Results};
use crate::http::name::Name;
use crate::http::serving::Serving;
use crate::http::visible::{Visible, VisibleView};
use crate::registry::unknown;
use crate::service::ServiceDefinition;
use crate::serving::Grant;
use crate::store::{FeatureStore, Plan};
use crate::time::format_duration;
use crate::view::{ColumnDefinition, ViewDefinition};

#[derive(Debug, Template)]
#[template(path = "view.html")]
struct Page {
    frame: Frame,
    project: String,
    view: &'static ViewDefinition,
    columns: Vec<&'static ColumnDefinition>,
    services: Vec<&'static ServiceDefinition>,
    fresh: Fresh,
    /// How the source no longer fits the declaration.
    drift: Vec<String>,
    form: Form,
    results: Results,
    /// What keeps the online store from saying how fresh the view is.
    problem: Option<String>,
}

impl Page {
    /// The features with what was found of them.
    fn found(&self) -> impl ExactSizeIterator<Item = (&'static ColumnDefinition, &FoundFeature)> {
        self.columns.iter().copied().zip(self.results.found())
    }

    fn cadence(&self) -> Option<String> {
        self.view.cadence().map(|cadence| cadence.to_string())
    }

    fn ttl(&self) -> Option<String> {
        self.view.ttl_micros().map(format_duration)
    }

    fn settling(&self) -> Option<String> {
        let micros = self.view.settling_micros();
        (micros > 0).then(|| format_duration(micros))
    }
}

/// A column's default, as it was declared.
fn default(column: &ColumnDefinition) -> Option<String> {
    let default = column.default()?.value(column.dtype())?;
    Some(default.text().into_owned())
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
    let Some(shown) = visible.view(&name).cloned() else {
        let names = visible.views.iter().map(|visible| visible.view.name());
        let message = unknown("view", &name, names).to_string();
        return missing(frame, project, message);
    };
    let plan = match plan(store, std::slice::from_ref(&shown)) {
        Ok(plan) => plan,
        Err(message) => return missing(frame, project, message),
    };
    let VisibleView { view, columns } = shown;
    let action = format!("{}/registry/views/{name}", frame.base);
    let mut form = Form::new(
        action,
        plan.join_keys().iter().copied(),
        &[],
        query.as_deref(),
    );
    let results = Results::read(store, &plan, &mut form).await;
    let (fresh, problem) = fresh::of_view(store, view).await;
    let reads =
        |service: &&'static ServiceDefinition| service.views().any(|read| std::ptr::eq(read, view));
    let mut drift = drift::of(&serving, view).await;
    if columns.len() < view.columns().len() && !drift.is_empty() {
        // The sentences name columns that the caller may not read.
        drift = vec!["some of its columns have other types, or are gone".to_owned()];
    }
    let page = Page {
        project,
        view,
        columns,
        services: visible.services.into_iter().filter(reads).collect(),
        drift,
        fresh,
        problem,
        form,
        results,
        frame,
    };
    answer(page.results.status(), &page)
}

/// What is read for some views' features, in their order.
pub(super) fn plan(store: &FeatureStore, views: &[VisibleView]) -> Result<Plan, String> {
    let names: Vec<String> = views
        .iter()
        .flat_map(|visible| {
            let names = visible.columns.iter();
            names.map(|column| format!("{}:{}", visible.view.name(), column.name()))
        })
        .collect();
    let plan = store.plan_features(names.iter().map(String::as_str), &[]);
    plan.map_err(|error| error.to_string())
}
