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
use super::search::Search;
use crate::http::serving::Serving;
use crate::http::visible::{Visible, VisibleView};
use crate::service::ServiceDefinition;
use crate::serving::Grant;
use crate::time::format_duration;
use crate::view::{ColumnDefinition, ViewDefinition};

#[derive(Debug, Template)]
#[template(path = "home.html")]
struct Home {
    frame: Frame,
    project: String,
    search: Search,
    /// How many there are, whatever is looked for.
    all: (usize, usize),
    services: Vec<&'static ServiceDefinition>,
    views: Vec<ViewLine>,
    /// What is looked for among features.
    features: Vec<(&'static ViewDefinition, &'static ColumnDefinition)>,
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
    let search = Search::new(query.as_deref());
    let Visible { services, views } = Visible::new(store.registry(), &grant);
    let all = (services.len(), views.len());
    let forms = forms(&services, &views, &frame, query.as_deref());
    let mut features = Vec::new();
    if search.is_on() {
        for visible in &views {
            let columns = visible.columns.iter().copied();
            let found = columns.filter(|column| search.finds_column(visible.view, column));
            features.extend(found.map(|column| (visible.view, column)));
        }
    }
    let views: Vec<VisibleView> = views
        .into_iter()
        .filter(|visible| search.finds_view(visible.view))
        .collect();
    let definitions: Vec<_> = views.iter().map(|visible| visible.view).collect();
    let (fresh, problem) = fresh::of_views(store, &definitions).await;
    let mut lines = Vec::with_capacity(views.len());
    for (visible, fresh) in views.iter().zip(fresh) {
        lines.push(ViewLine {
            view: visible.view,
            features: visible.columns.len(),
            fresh,
            drifted: !drift::of(&serving, visible.view).await.is_empty(),
        });
    }
    let found = services.into_iter();
    let page = Home {
        project: store.project().to_owned(),
        services: found
            .filter(|service| search.finds_service(service))
            .collect(),
        views: lines,
        features,
        search,
        all,
        forms,
        problem,
        frame,
    };
    answer(StatusCode::OK, &page)
}

/// A form per entity of a view, which leads to all that is known of it, and one per other set of
/// join keys that a service is asked with, which leads to the service.
fn forms(
    services: &[&'static ServiceDefinition],
    views: &[VisibleView],
    frame: &Frame,
    query: Option<&str>,
) -> Vec<Form> {
    let entities: BTreeMap<&str, &ViewDefinition> = views
        .iter()
        .map(|visible| (visible.view.entity(), visible.view))
        .collect();
    let of_entity = entities.iter().map(|(entity, view)| {
        let keys = view.join_keys().iter().map(|key| (key.name(), key.dtype()));
        let action = format!("{}/registry/entities/{entity}", frame.base);
        Form::new(action, keys, &[], query)
    });
    let mut other: BTreeMap<String, &ServiceDefinition> = BTreeMap::new();
    for service in services {
        let mut asked: Vec<&str> = service.join_keys().iter().map(|(name, _)| *name).collect();
        asked.sort_unstable();
        let asked = asked.join(",");
        if !entities.contains_key(&*asked) {
            other.entry(asked).or_insert(service);
        }
    }
    let of_service = other.values().map(|service| {
        let action = format!("{}/registry/services/{}", frame.base, service.name());
        Form::new(action, service.join_keys(), service.request(), query)
    });
    of_entity.chain(of_service).collect()
}
