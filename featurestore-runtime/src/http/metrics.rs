//! What is counted while requests are answered.

use std::collections::HashMap;

use prometheus_client::metrics::counter::Counter;

use crate::lookup::Status;
use crate::registry::Registry;
use crate::view::ViewDefinition;

/// The counters of a service's process.
#[derive(Debug)]
pub(crate) struct Metrics {
    views: HashMap<&'static str, ViewMetrics>,
}

/// How many values of a view's features were answered, by what was found. A copy counts into the
/// same counters, so a plan keeps its views' own.
#[derive(Debug, Clone, Default)]
pub(crate) struct ViewMetrics {
    found: Counter,
    null: Counter,
    expired: Counter,
    missing: Counter,
}

impl Metrics {
    pub(crate) fn new(registry: &Registry) -> Self {
        let views = registry
            .views()
            .map(|view| (view.name(), ViewMetrics::default()));
        Self {
            views: views.collect(),
        }
    }

    /// A view's counters.
    pub(crate) fn view(&self, view: &ViewDefinition) -> ViewMetrics {
        self.views.get(view.name()).cloned().unwrap_or_default()
    }
}

impl ViewMetrics {
    /// Counts values that were answered.
    pub(crate) fn count(&self, status: Status, values: u64) {
        self.counter(status).inc_by(values);
    }

    const fn counter(&self, status: Status) -> &Counter {
        match status {
            Status::Found => &self.found,
            Status::Null => &self.null,
            Status::Expired => &self.expired,
            Status::Missing => &self.missing,
        }
    }

    /// How many were counted.
    #[cfg(test)]
    pub(super) fn counted(&self, status: Status) -> u64 {
        self.counter(status).get()
    }
}
