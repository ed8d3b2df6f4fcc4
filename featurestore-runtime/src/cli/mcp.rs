//! `mcp`: the services as tools over standard input and output, and what `serve` says of them.

use std::time::Duration;

use clap::Args as ClapArgs;

use super::duration::duration;
use super::{CliError, logs};
use crate::mcp::{McpSettings, serve_stdio, shutdown_signal};
use crate::store::FeatureStore;

/// What `mcp` takes.
#[derive(Debug, ClapArgs)]
pub(super) struct McpArgs {
    #[command(flatten)]
    exposed: ExposedArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

/// What `mcp` exposes: nothing that is not named.
#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = true)]
struct ExposedArgs {
    /// A service to expose; may be given several times
    #[arg(long = "service", value_name = "NAME")]
    services: Vec<String>,
    /// Exposes every service
    #[arg(long, conflicts_with = "services")]
    all_services: bool,
}

/// What bounds a call.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Limits")]
struct LimitArgs {
    /// The most bytes of an argument; 4096, if not given
    #[arg(long, value_name = "BYTES")]
    max_key: Option<usize>,
    /// The most bytes of an answer; 67108864, if not given
    #[arg(long, value_name = "BYTES")]
    max_answer: Option<usize>,
    /// How long a call may take; 5s, if not given
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    call_time: Option<Duration>,
}

/// What `serve` exposes at /mcp.
#[cfg(feature = "http")]
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Agents")]
pub(super) struct ServeMcpArgs {
    /// Exposes a service as a tool of the Model Context Protocol at /mcp; may be given several times
    #[arg(long = "mcp-service", value_name = "NAME")]
    services: Vec<String>,
    /// Exposes every service at /mcp; to who has a token, those that the token names
    #[arg(long = "mcp-all-services", conflicts_with = "services")]
    all_services: bool,
}

impl McpArgs {
    fn settings(self) -> McpSettings {
        let mut settings = settings(self.exposed.services, self.exposed.all_services);
        if let Some(bytes) = self.limits.max_key {
            settings = settings.max_key(bytes);
        }
        if let Some(bytes) = self.limits.max_answer {
            settings = settings.max_answer(bytes);
        }
        if let Some(time) = self.limits.call_time {
            settings = settings.call_time(time);
        }
        settings
    }
}

#[cfg(feature = "http")]
impl ServeMcpArgs {
    pub(super) fn settings(self) -> McpSettings {
        settings(self.services, self.all_services)
    }
}

fn settings(services: Vec<String>, all: bool) -> McpSettings {
    let named = services
        .into_iter()
        .fold(McpSettings::new(), McpSettings::service);
    if all { named.all_services() } else { named }
}

/// Answers until the input ends, or Ctrl-C or SIGTERM. The standard output is the protocol's alone.
pub(super) async fn mcp(store: FeatureStore, arguments: McpArgs) -> Result<(), CliError> {
    let level = std::env::var("FEATURESTORE_LOG").or_else(|_| std::env::var("RUST_LOG"));
    logs::start(
        logs::LogFormat::Text,
        Some(level.as_deref().unwrap_or("warn")),
        #[cfg(feature = "otel")]
        None,
    )?;
    let shutdown = shutdown_signal();
    Ok(serve_stdio(store, &arguments.settings(), shutdown).await?)
}
