//! What is counted while requests are answered. Labels are routes, views and codes, which are as
//! many as were declared: never a path, a key or a value.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry as Names, Unit};

#[cfg(feature = "duckdb")]
use super::drift::SourceDrift;
use super::flood::Flood;
use super::freshness::Freshness;
use crate::lookup::Status;
use crate::registry::Registry;
use crate::view::ViewDefinition;

/// The bounds of latencies, in seconds; an answer is due in less than a thousandth.
const SECONDS: [f64; 15] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
];

/// The bounds of how many entities requests ask about.
const ENTITIES: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];

/// The counters of a service's process.
#[derive(Debug)]
pub(crate) struct Metrics {
    names: Names,
    views: HashMap<&'static str, ViewMetrics>,
    values: Family<ValueLabels, Counter>,
    requests: Family<RequestLabels, Counter>,
    latencies: Family<RouteLabels, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    entities: Histogram,
    errors: Family<CodeLabels, Counter>,
    flood: Arc<Flood>,
    pub(super) connections_refused: Counter,
    pub(super) freshness: Freshness,
    #[cfg(feature = "duckdb")]
    pub(super) drift: SourceDrift,
}

/// How many values of a view's features were answered, by what was found. A copy counts into the
/// same counters, so a plan keeps its views' own.
#[derive(Debug, Clone)]
pub(crate) struct ViewMetrics {
    found: Counter,
    null: Counter,
    expired: Counter,
    missing: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: Arc<str>,
    method: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ValueLabels {
    view: &'static str,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabels {
    code: &'static str,
}

impl Metrics {
    pub(crate) fn new(registry: &Registry) -> Self {
        let mut names = Names::with_prefix("featurestore");
        let values: Family<ValueLabels, Counter> = Family::default();
        names.register(
            "feature_values",
            "Values of a view's features that were answered, by what was found",
            values.clone(),
        );
        let requests = Family::default();
        names.register(
            "http_requests",
            "Requests that were answered",
            Family::clone(&requests),
        );
        let latencies = Family::new_with_constructor(latency as fn() -> Histogram);
        names.register_with_unit(
            "http_request_duration",
            "From a request's head to its answer's",
            Unit::Seconds,
            latencies.clone(),
        );
        let in_flight = Gauge::default();
        names.register(
            "http_requests_in_flight",
            "Requests that are being answered",
            in_flight.clone(),
        );
        let entities = Histogram::new(ENTITIES);
        names.register(
            "request_entities",
            "Entities that a request asks about",
            entities.clone(),
        );
        let errors = Family::default();
        names.register(
            "errors",
            "Failures by the code that the answer has; a list's damaged rows count one by one",
            Family::clone(&errors),
        );
        let connections_refused = Counter::default();
        names.register(
            "http_connections_refused",
            "Connections that were closed since there were too many",
            connections_refused.clone(),
        );
        Self {
            views: registry
                .views()
                .map(|view| (view.name(), ViewMetrics::new(&values, view)))
                .collect(),
            values,
            freshness: Freshness::new(&mut names),
            #[cfg(feature = "duckdb")]
            drift: SourceDrift::new(&mut names),
            names,
            requests,
            latencies,
            in_flight,
            entities,
            errors,
            flood: Arc::default(),
            connections_refused,
        }
    }

    /// A view's counters.
    pub(crate) fn view(&self, view: &ViewDefinition) -> ViewMetrics {
        let known = self.views.get(view.name()).cloned();
        known.unwrap_or_else(|| ViewMetrics::new(&self.values, view))
    }

    /// Counts a request by how many entities it asks about.
    #[allow(clippy::cast_precision_loss)] // far fewer than 2^52
    pub(crate) fn entities(&self, count: usize) {
        self.entities.observe(count as f64);
    }

    /// All of them, in the text format of `OpenMetrics`.
    pub(super) fn open_metrics(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.names)?;
        Ok(text)
    }
}

fn latency() -> Histogram {
    Histogram::new(SECONDS)
}

impl ViewMetrics {
    fn new(values: &Family<ValueLabels, Counter>, view: &ViewDefinition) -> Self {
        let counter = |status: Status| {
            values.get_or_create_owned(&ValueLabels {
                view: view.name(),
                status: status.as_str(),
            })
        };
        Self {
            found: counter(Status::Found),
            null: counter(Status::Null),
            expired: counter(Status::Expired),
            missing: counter(Status::Missing),
        }
    }

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

/// A route's own counters, found once and not with each request.
#[derive(Debug)]
pub(super) struct RouteMetrics {
    name: Arc<str>,
    /// Whether a route is there; what leads nowhere is counted together.
    matched: bool,
    latency: Histogram,
    in_flight: Gauge,
    requests: Family<RequestLabels, Counter>,
    /// The counter of the answers that are usual here.
    usual: OnceLock<(Method, StatusCode, Counter)>,
    errors: Family<CodeLabels, Counter>,
    pub(super) flood: Arc<Flood>,
}

impl RouteMetrics {
    /// Those of a route, by its path, or of what has none.
    pub(super) fn new(metrics: &Metrics, route: Option<&str>) -> Self {
        let name: Arc<str> = Arc::from(route.unwrap_or("unmatched"));
        let labels = RouteLabels {
            route: Arc::clone(&name),
        };
        Self {
            latency: metrics.latencies.get_or_create_owned(&labels),
            name,
            matched: route.is_some(),
            in_flight: metrics.in_flight.clone(),
            requests: metrics.requests.clone(),
            usual: OnceLock::new(),
            errors: metrics.errors.clone(),
            flood: Arc::clone(&metrics.flood),
        }
    }

    /// The route, as it was declared.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The route's path, where there is a route.
    pub(super) fn path(&self) -> Option<&str> {
        self.matched.then_some(&self.name)
    }

    /// Counts an answer.
    pub(super) fn answered(&self, method: &Method, status: StatusCode, took: Duration) {
        self.latency.observe(took.as_secs_f64());
        let counter = || {
            self.requests.get_or_create_owned(&RequestLabels {
                route: Arc::clone(&self.name),
                method: method_label(method),
                status: status.as_u16(),
            })
        };
        let usual = self
            .usual
            .get_or_init(|| (method.clone(), status, counter()));
        if usual.0 == *method && usual.1 == status {
            usual.2.inc();
        } else {
            counter().inc();
        }
    }

    /// Counts a failure by its code.
    pub(super) fn failed(&self, code: &'static str) {
        self.errors.get_or_create(&CodeLabels { code }).inc();
    }

    /// Counts a request while it is answered.
    pub(super) fn enter(self: &Arc<Self>) -> InFlight {
        let before = self.in_flight.inc();
        InFlight {
            route: Arc::clone(self),
            number: usize::try_from(before).unwrap_or_default() + 1,
        }
    }
}

/// A request that is being answered, until this is dropped.
#[derive(Debug)]
pub(super) struct InFlight {
    route: Arc<RouteMetrics>,
    /// How many there are with it.
    pub(super) number: usize,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.route.in_flight.dec();
    }
}

/// A method as a label; whoever asks can invent others.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}
