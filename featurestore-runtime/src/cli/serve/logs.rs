//! The log of `serve`, on the standard error.

use std::io;

use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, Registry, fmt};

pub(in crate::cli) use super::args::LogFormat;
use crate::cli::CliError;

/// What is logged where nothing else is said.
const LEVEL: LevelFilter = LevelFilter::INFO;

/// Starts to log. The flag counts before `FEATURESTORE_LOG`, which clap reads for it, that before
/// `RUST_LOG`. A program that logs in its own way keeps it.
pub(in crate::cli) fn start(
    format: LogFormat,
    level: Option<&str>,
    #[cfg(feature = "otel")] traces: Option<&crate::http::Traces>,
) -> Result<(), CliError> {
    let from_environment = std::env::var("RUST_LOG").ok();
    let filter = match level.or(from_environment.as_deref()) {
        Some(level) if !level.is_empty() => EnvFilter::builder()
            .with_default_directive(LEVEL.into())
            .parse(level)
            .map_err(|error| CliError::LogLevel {
                given: level.to_owned(),
                reason: error.to_string(),
            })?,
        _ => EnvFilter::default().add_directive(LEVEL.into()),
    };
    let log = fmt::layer().with_writer(io::stderr);
    let log: Box<dyn Layer<Registry> + Send + Sync> = match format {
        LogFormat::Text => log.with_filter(filter).boxed(),
        LogFormat::Json => log.json().flatten_event(true).with_filter(filter).boxed(),
    };
    let subscriber = tracing_subscriber::registry().with(log);
    #[cfg(feature = "otel")]
    let subscriber = subscriber.with(traces.map(crate::http::Traces::layer));
    // It fails where the program has a subscriber.
    let _ = subscriber.try_init();
    Ok(())
}
