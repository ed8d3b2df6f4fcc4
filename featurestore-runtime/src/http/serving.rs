//! What the handlers share.

use std::collections::HashMap;

use super::metrics::Metrics;
use super::settings::Limits;
use crate::store::{FeatureStore, Plan};

/// What the handlers share: the store, what is read for each service, what is counted.
#[derive(Debug)]
pub(crate) struct Serving {
    pub(crate) store: FeatureStore,
    /// A service's features are resolved once, not per request.
    pub(super) plans: HashMap<&'static str, Plan>,
    pub(crate) metrics: Metrics,
    pub(crate) limits: Limits,
}

impl Serving {
    pub(crate) fn new(store: FeatureStore, limits: Limits) -> Self {
        let plan = |service: &'static crate::service::ServiceDefinition| {
            (service.name(), store.plan_service(service))
        };
        Self {
            plans: store.registry().services().map(plan).collect(),
            metrics: Metrics::new(store.registry()),
            limits,
            store,
        }
    }
}
