//! What the handlers share.

use std::collections::{BTreeSet, HashMap};

use super::answer::Names;
use super::limits::Limits;
use super::metrics::{Metrics, ViewMetrics};
use crate::service::ServiceDefinition;
use crate::store::{FeatureStore, Plan};
use crate::view::{JoinKey, ViewDefinition};

/// What the handlers share: the store, what is read for each service, what is counted.
#[derive(Debug)]
pub(crate) struct Serving {
    pub(crate) store: FeatureStore,
    /// A service's features are resolved once, not per request.
    pub(super) plans: HashMap<&'static str, ServicePlan>,
    /// The join keys of all views.
    pub(super) join_keys: BTreeSet<&'static str>,
    pub(crate) metrics: Metrics,
    pub(crate) limits: Limits,
    /// Whether an online store without rows of the project is one to answer from.
    pub(super) ready_when_empty: bool,
}

/// What is read for a service.
#[derive(Debug)]
pub(super) struct ServicePlan {
    pub(super) service: &'static ServiceDefinition,
    pub(super) names: Names,
    pub(super) resolved: Resolved,
}

/// What is read, and the counters of its views.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) plan: Plan,
    pub(super) views: Vec<ViewMetrics>,
}

impl Serving {
    pub(crate) fn new(store: FeatureStore, limits: Limits) -> Self {
        let metrics = Metrics::new(store.registry());
        let plan = |service: &'static ServiceDefinition| {
            let plan = store.plan_service(service);
            let names = Names::new(plan.names());
            let resolved = Resolved::new(plan, &metrics);
            let plan = ServicePlan {
                service,
                names,
                resolved,
            };
            (service.name(), plan)
        };
        let views = store.registry().views();
        Self {
            plans: store.registry().services().map(plan).collect(),
            join_keys: views
                .flat_map(ViewDefinition::join_keys)
                .map(JoinKey::name)
                .collect(),
            metrics,
            limits,
            ready_when_empty: false,
            store,
        }
    }
}

impl Resolved {
    pub(super) fn new(plan: Plan, metrics: &Metrics) -> Self {
        let views = plan.views().iter();
        Self {
            views: views.map(|view| metrics.view(view)).collect(),
            plan,
        }
    }
}
