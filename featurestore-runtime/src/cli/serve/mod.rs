//! `serve`: the retrieval service, until it is told to stop.

mod args;
mod tokens;

use serde_json::json;

pub(super) use args::ServeArgs;
use args::{CallerArgs, LimitArgs};

use super::output::print_note;
use super::{CliError, Output, Report, logs};
#[cfg(feature = "http-tls")]
use crate::http::Tls;
use crate::http::{HttpSettings, shutdown_signal};
use crate::store::FeatureStore;

pub(super) async fn serve(
    store: FeatureStore,
    arguments: ServeArgs,
    output: &mut Output,
) -> Result<(), CliError> {
    #[cfg(feature = "otel")]
    let traces = crate::http::Traces::from_environment(store.project())?;
    logs::start(
        arguments.log_format,
        arguments.log_level.as_deref(),
        #[cfg(feature = "otel")]
        traces.as_ref(),
    )?;
    let online = store.online().location();
    let tls = arguments.callers.tls();
    let (settings, has_tokens) = with_callers(HttpSettings::new(), arguments.callers)?;
    let mut settings = with_limits(settings, &arguments.limits);
    #[cfg(feature = "mcp")]
    {
        settings = settings.mcp(arguments.mcp.settings());
    }
    if arguments.ready_when_empty {
        settings = settings.ready_when_empty();
    }
    if let Some(workers) = arguments.workers {
        settings = settings.workers(workers);
    }
    let server = settings.bind(store, &arguments.listen).await?;
    let shutdown = shutdown_signal();
    let address = server.local_addr();
    if !address.ip().to_canonical().is_loopback() {
        if !has_tokens {
            print_note(&format!(
                "note: {address} can be reached from other machines, and nobody is asked for a token"
            ));
        } else if !tls {
            print_note(&format!(
                "note: tokens come to {address} in clear text, unless something in front of it speaks TLS; {}",
                {
                    if cfg!(feature = "http-tls") {
                        "--tls-cert and --tls-key do here"
                    } else {
                        "a program with the feature `http-tls` does it itself"
                    }
                }
            ));
        }
    }
    let url = format!("{}://{address}", if tls { "https" } else { "http" });
    let report = Report::new(&json!({ "url": url, "online": online }))?;
    output.print(&report.text(&format!("listening on {url}, online store {online}")))?;
    let served = server.run(shutdown).await;
    #[cfg(feature = "otel")]
    if let Some(traces) = traces {
        // It waits for the collector, on a thread of its own.
        let sent = tokio::task::spawn_blocking(move || traces.shutdown()).await;
        if let Ok(Err(error)) = sent {
            print_note(&format!("note: {error}"));
        }
    }
    Ok(served?)
}

/// Who may ask, and whether it takes a token.
fn with_callers(
    mut settings: HttpSettings,
    callers: CallerArgs,
) -> Result<(HttpSettings, bool), CliError> {
    let tokens = tokens::of_callers(callers.tokens)?;
    let has_tokens = tokens.is_some();
    if let Some(tokens) = tokens {
        settings = settings.tokens(tokens);
    }
    if callers.insecure_no_tokens {
        settings = settings.insecure_no_tokens();
    }
    #[cfg(feature = "http-tls")]
    if let (Some(certificate), Some(key)) = (callers.tls_cert, callers.tls_key) {
        settings = settings.tls(Tls::from_files(certificate, key)?);
    }
    for origin in callers.cors_origins {
        settings = settings.cors_origin(origin);
    }
    for name in callers.allowed_hosts {
        settings = settings.allow_host(name);
    }
    Ok((settings, has_tokens))
}

fn with_limits(mut settings: HttpSettings, limits: &LimitArgs) -> HttpSettings {
    if let Some(bytes) = limits.max_body {
        settings = settings.max_body(bytes);
    }
    if let Some(entities) = limits.max_entities {
        settings = settings.max_entities(entities);
    }
    if let Some(bytes) = limits.max_key {
        settings = settings.max_key(bytes);
    }
    if let Some(bytes) = limits.max_answer {
        settings = settings.max_answer(bytes);
    }
    if let Some(time) = limits.request_time {
        settings = settings.request_time(time);
    }
    if let Some(requests) = limits.max_requests {
        settings = settings.max_requests(requests);
    }
    if let Some(connections) = limits.max_connections {
        settings = settings.max_connections(connections);
    }
    if let Some(time) = limits.head_time {
        settings = settings.head_time(time);
    }
    if let Some(bytes) = limits.max_head {
        settings = settings.max_head(bytes);
    }
    settings
}
