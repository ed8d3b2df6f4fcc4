//! Traces of requests, to a collector of OpenTelemetry: OTLP over HTTP.

use std::fmt;

use axum::http::{HeaderMap, HeaderName};
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::registry::LookupSpan;

use super::error::ServeError;

/// What sends the spans of requests to a collector, until it is [shut down](Self::shutdown).
///
/// A request's span is a child of the caller's, as the header `traceparent` names it.
pub struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// What the environment asks for by `OTEL_EXPORTER_OTLP_ENDPOINT` (as in
    /// `http://localhost:4318`) or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, and nothing where neither
    /// is set. OpenTelemetry's other variables count as well; the service is called `service` where
    /// they don't name it.
    ///
    /// # Errors
    ///
    /// An address that is not one, a protocol that is not spoken.
    pub fn from_environment(service: &str) -> Result<Option<Self>, ServeError> {
        let endpoints = [
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        ];
        if !endpoints.into_iter().any(is_set) {
            return Ok(None);
        }
        check_protocol()?;
        // It fails where the program has chosen another.
        #[cfg(feature = "otel-tls")]
        let _ = rustls::crypto::ring::default_provider().install_default();
        #[cfg(not(feature = "otel-tls"))]
        for setting in endpoints {
            if std::env::var(setting).is_ok_and(|endpoint| endpoint.starts_with("https:")) {
                let reason = "a collector is asked over TLS with the cargo feature `otel-tls`, which this program is built without; write an address as in http://localhost:4318, or add it";
                return Err(ServeError::Setting {
                    setting,
                    reason: reason.to_owned(),
                });
            }
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .build()
            .map_err(|error| ServeError::Setting {
                setting: "OTEL_EXPORTER_OTLP_ENDPOINT",
                reason: format!("{error}; write an address, as in http://localhost:4318"),
            })?;
        let mut resource = Resource::builder();
        if !is_set("OTEL_SERVICE_NAME") {
            resource = resource.with_service_name(service.to_owned());
        }
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource.build());
        Ok(Some(Self {
            provider: provider.build(),
        }))
    }

    /// The layer for a subscriber that makes requests' spans and hands them on.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let spans = Targets::new().with_target("featurestore", LevelFilter::DEBUG);
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("featurestore"))
            .with_filter(spans)
    }

    /// Sends what is left.
    ///
    /// # Errors
    ///
    /// A collector that does not answer.
    pub fn shutdown(self) -> Result<(), ServeError> {
        self.provider
            .shutdown()
            .map_err(|error| ServeError::Setting {
                setting: "OTEL_EXPORTER_OTLP_ENDPOINT",
                reason: format!("the last spans could not be sent: {error}"),
            })
    }
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Refuses a protocol that spans are not sent in; the one for traces alone comes before the other.
fn check_protocol() -> Result<(), ServeError> {
    const SPOKEN: &str = "http/protobuf";
    let settings = [
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
    ];
    let Some(setting) = settings.into_iter().find(|setting| is_set(setting)) else {
        return Ok(());
    };
    let value = std::env::var_os(setting).unwrap_or_default();
    if value == SPOKEN {
        return Ok(());
    }
    Err(ServeError::Setting {
        setting,
        reason: format!(
            "`{}` is not spoken; write {SPOKEN}, and the collector's address for it, as in http://localhost:4318 (for gRPC it is often port 4317)",
            value.display()
        ),
    })
}

impl fmt::Debug for Traces {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Traces").finish_non_exhaustive()
    }
}

/// Makes a span the child of the caller's, where the request names that.
pub(super) fn adopt_parent(span: &Span, headers: &HeaderMap) {
    if span.is_disabled() {
        return;
    }
    let parent = TraceContextPropagator::new().extract(&Headers(headers));
    if parent.span().span_context().is_valid() {
        // It fails where nobody sends spans.
        let _ = span.set_parent(parent);
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}
