//! The log of `serve` and `mcp`, on the standard error.

use std::io;

use clap::ValueEnum;
use tracing_subscriber::filter::{EnvFilter, FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, Registry, fmt};

use super::CliError;

/// What is logged where nothing else is said.
const LEVEL: &str = "info";

/// The protocol's library logs what is in a request, keys too, and of one that fails on every level.
/// What there is to say of it, the server says itself.
const SILENT: &str = "rmcp";

/// How the log is written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum LogFormat {
    /// A line for people
    Text,
    /// A JSON object per line
    Json,
}

/// Whether a part of what was given is a word that is no level. The filter would take it for the
/// name of a target, of which it lets everything through, and nothing of any other.
fn is_no_level(part: &str) -> bool {
    let part = part.trim();
    !part.is_empty() && !part.contains(['=', '[']) && part.parse::<LevelFilter>().is_err()
}

/// Starts to log. The flag counts before `FEATURESTORE_LOG`, which clap reads for it, that before
/// `RUST_LOG`. A program that logs in its own way keeps it.
pub(super) fn start(
    format: LogFormat,
    level: Option<&str>,
    #[cfg(feature = "otel")] traces: Option<&crate::http::Traces>,
) -> Result<(), CliError> {
    if let Some(given) = level.and_then(|level| level.split(',').find(|part| is_no_level(part))) {
        return Err(CliError::LogLevel {
            given: given.to_owned(),
            reason: "neither a level, nor a target with one".to_owned(),
        });
    }
    let from_environment = std::env::var("RUST_LOG").ok();
    let level = level.or(from_environment.as_deref());
    let level = level.filter(|level| !level.is_empty()).unwrap_or(LEVEL);
    let filter = EnvFilter::builder()
        .parse(level)
        .map_err(|error| CliError::LogLevel {
            given: level.to_owned(),
            reason: error.to_string(),
        })?
        .and(filter_fn(|metadata| !metadata.target().starts_with(SILENT)));
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
