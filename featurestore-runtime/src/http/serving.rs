//! What the handlers share.

use std::collections::{BTreeSet, HashMap};

use super::answer::Names;
use super::limits::Limits;
use super::metrics::{Metrics, ViewMetrics};
use super::wanted::Wanted;
use crate::service::ServiceDefinition;
use crate::serving::Grant;
use crate::store::{FeatureStore, Plan};
use crate::view::{ColumnDefinition, JoinKey, ViewDefinition};

/// What the handlers share: the store, what is read for each service, what is counted.
#[derive(Debug)]
pub(crate) struct Serving {
    pub(crate) store: FeatureStore,
    /// A service's features are resolved once, not per request.
    pub(super) plans: HashMap<&'static str, ServicePlan>,
    /// The join keys of all views.
    all_join_keys: BTreeSet<&'static str>,
    pub(crate) metrics: Metrics,
    pub(crate) limits: Limits,
    /// Whether an online store without rows of the project is one to answer from.
    pub(super) ready_when_empty: bool,
    /// Whether the server itself speaks TLS.
    #[cfg(feature = "pages")]
    pub(super) is_tls: bool,
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
            all_join_keys: views
                .flat_map(ViewDefinition::join_keys)
                .map(JoinKey::name)
                .collect(),
            metrics,
            limits,
            ready_when_empty: false,
            #[cfg(feature = "pages")]
            is_tls: false,
            store,
        }
    }
}

/// The join keys of the views of which a caller may read something.
#[derive(Debug, Clone, Copy)]
pub(super) struct JoinKeys<'s> {
    serving: &'s Serving,
    grant: &'s Grant,
}

impl Serving {
    /// The join keys that a caller may know of.
    pub(super) fn join_keys<'s>(&'s self, grant: &'s Grant) -> JoinKeys<'s> {
        JoinKeys {
            serving: self,
            grant,
        }
    }
}

impl JoinKeys<'_> {
    /// What a request gives beside join keys for what it asks for: the request fields of its service.
    pub(super) fn request_of(&self, wanted: &Wanted<'_>) -> &'static [&'static ColumnDefinition] {
        let Wanted::Service(name) = wanted else {
            return &[];
        };
        let plan = self.serving.plans.get(name.as_ref());
        let plan = plan.filter(|plan| self.grant.allows(plan.service));
        plan.map_or(&[], |plan| plan.service.request())
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        match self.grant.names() {
            None => self.serving.all_join_keys.contains(name),
            Some(services) => self.granted(services).any(|key| key == name),
        }
    }

    /// All of them, in alphabetical order.
    pub(super) fn list(&self) -> Vec<&'static str> {
        let keys: BTreeSet<&'static str> = match self.grant.names() {
            None => self.serving.all_join_keys.clone(),
            Some(services) => self.granted(services).collect(),
        };
        keys.into_iter().collect()
    }

    fn granted<'k>(
        &'k self,
        services: &'k BTreeSet<String>,
    ) -> impl Iterator<Item = &'static str> + 'k {
        let plans = services
            .iter()
            .filter_map(|service| self.serving.plans.get(service.as_str()));
        let keys = plans.flat_map(|plan| plan.resolved.plan.join_keys());
        keys.map(|(key, _)| *key)
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
