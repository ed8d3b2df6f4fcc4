//! What `serve` takes.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::cli::duration::duration;
use crate::cli::logs::LogFormat;
#[cfg(feature = "mcp")]
use crate::cli::mcp::ServeMcpArgs;
use crate::http::DEFAULT_ADDRESS;

/// What `serve` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct ServeArgs {
    /// Where to listen; port 0 picks a free one
    #[arg(long, value_name = "HOST:PORT", default_value = DEFAULT_ADDRESS)]
    pub(super) listen: String,
    #[command(flatten)]
    pub(super) callers: CallerArgs,
    #[command(flatten)]
    pub(super) limits: LimitArgs,
    /// How many threads answer; one per processor, if not given
    #[arg(long, value_name = "NUMBER")]
    pub(super) workers: Option<NonZeroUsize>,
    /// Is ready though the online store holds nothing of the project's views
    #[arg(long)]
    pub(super) ready_when_empty: bool,
    #[cfg(feature = "mcp")]
    #[command(flatten)]
    pub(super) mcp: ServeMcpArgs,
    /// How the log is written, to the standard error
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) log_format: LogFormat,
    /// What is logged: error, warn, info, debug, or a filter as RUST_LOG takes it
    #[arg(long, value_name = "LEVEL", env = "FEATURESTORE_LOG")]
    pub(super) log_level: Option<String>,
}

/// Who may ask, and over what.
#[derive(Debug, Args)]
#[command(next_help_heading = "Who may ask")]
pub(super) struct CallerArgs {
    /// The file of the tokens that callers have, a line each: NAME TOKEN SERVICE,SERVICE; or the
    /// same lines in the environment's FEATURESTORE_TOKENS
    #[arg(long, value_name = "FILE")]
    pub(super) tokens: Option<PathBuf>,
    /// Listens where other machines reach it, though nobody is asked for a token
    #[arg(long)]
    pub(super) insecure_no_tokens: bool,
    /// The certificate for TLS, as PEM
    #[cfg(feature = "http-tls")]
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(super) tls_cert: Option<PathBuf>,
    /// The certificate's private key, as PEM
    #[cfg(feature = "http-tls")]
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(super) tls_key: Option<PathBuf>,
    /// Lets pages of this origin read answers in a browser: https://app.example
    #[arg(long = "cors-origin", value_name = "ORIGIN")]
    pub(super) cors_origins: Vec<String>,
    /// A name of this server, beside localhost, that it answers to without tokens
    #[arg(long = "allow-host", value_name = "NAME")]
    pub(super) allowed_hosts: Vec<String>,
}

impl CallerArgs {
    /// Whether answers are encrypted.
    pub(super) const fn tls(&self) -> bool {
        #[cfg(feature = "http-tls")]
        return self.tls_cert.is_some();
        #[cfg(not(feature = "http-tls"))]
        return false;
    }
}

/// What bounds requests and connections.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct LimitArgs {
    /// The most bytes of a request's body; 1048576, if not given
    #[arg(long, value_name = "BYTES")]
    pub(super) max_body: Option<usize>,
    /// The most entities that a request asks about; 1000, if not given
    #[arg(long, value_name = "NUMBER")]
    pub(super) max_entities: Option<usize>,
    /// The most bytes of a join key's value; 4096, if not given
    #[arg(long, value_name = "BYTES")]
    pub(super) max_key: Option<usize>,
    /// The most bytes of an answer; 67108864, if not given
    #[arg(long, value_name = "BYTES")]
    pub(super) max_answer: Option<usize>,
    /// How long a request may take; 5s, if not given
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) request_time: Option<Duration>,
    /// The most requests that are answered at once; 1024, if not given
    #[arg(long, value_name = "NUMBER")]
    pub(super) max_requests: Option<usize>,
    /// The most connections; 10000, if not given
    #[arg(long, value_name = "NUMBER")]
    pub(super) max_connections: Option<usize>,
    /// How long a connection may take until its next request's head is there; 10s, if not given
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) head_time: Option<Duration>,
    /// The most bytes of a request's head; 32768, if not given
    #[arg(long, value_name = "BYTES")]
    pub(super) max_head: Option<usize>,
}
