//! What an operator sets: limits, tokens, TLS, who may ask.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::limits::{Connections, Limits};
#[cfg(feature = "http-tls")]
use super::tls::Tls;
use super::tokens::Tokens;
#[cfg(feature = "mcp")]
use crate::mcp::McpSettings;

/// The settings of a retrieval service. What is not set has the default that it says.
///
/// ```no_run
/// # async fn example(store: featurestore::FeatureStore) -> Result<(), featurestore::Error> {
/// use featurestore::http::{HttpSettings, Tokens, shutdown_signal};
///
/// let settings = HttpSettings::new()
///     .tokens(Tokens::from_file("/etc/features/tokens")?)
///     .max_entities(100);
/// let server = settings.bind(store, "0.0.0.0:6566").await?;
/// server.run(shutdown_signal()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct HttpSettings {
    pub(super) tokens: Option<Tokens>,
    pub(super) insecure_no_tokens: bool,
    pub(super) allowed_hosts: Vec<String>,
    pub(super) cors_origins: Vec<String>,
    pub(super) limits: Limits,
    pub(super) connections: Connections,
    pub(super) workers: Option<NonZeroUsize>,
    pub(super) ready_when_empty: bool,
    #[cfg(feature = "http-tls")]
    pub(super) tls: Option<Tls>,
    #[cfg(feature = "mcp")]
    pub(super) mcp: McpSettings,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self::new()
    }
}

impl HttpSettings {
    /// All defaults.
    pub fn new() -> Self {
        Self {
            tokens: None,
            insecure_no_tokens: false,
            allowed_hosts: Vec::new(),
            cors_origins: Vec::new(),
            limits: Limits::default(),
            connections: Connections::default(),
            workers: None,
            ready_when_empty: false,
            #[cfg(feature = "http-tls")]
            tls: None,
            #[cfg(feature = "mcp")]
            mcp: McpSettings::new(),
        }
    }

    /// Who may read what; default: everyone everything, on a loopback address only. With tokens,
    /// every route but `/health` and `/ready` needs one.
    pub fn tokens(mut self, tokens: Tokens) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// Binds to an address that other machines reach though there are no tokens: whoever gets
    /// there may read every feature. For networks where something else keeps them out.
    pub fn insecure_no_tokens(mut self) -> Self {
        self.insecure_no_tokens = true;
        self
    }

    /// Answers with TLS: HTTP/1.1 and HTTP/2; default: without.
    #[cfg(feature = "http-tls")]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// The most bytes of a request's body, beyond which it is 413; default: [`MAX_BODY`](super::MAX_BODY).
    /// A form to sign in by has 4 KiB at most.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.limits.max_body = bytes;
        self
    }

    /// The most entities that a request may ask about, beyond which it is 400; default:
    /// [`MAX_ENTITIES`](super::MAX_ENTITIES).
    pub fn max_entities(mut self, entities: usize) -> Self {
        self.limits.max_entities = entities;
        self
    }

    /// The most bytes of a join key's value, beyond which it is 400; default:
    /// [`MAX_KEY`](super::MAX_KEY).
    pub fn max_key(mut self, bytes: usize) -> Self {
        self.limits.max_key = bytes;
        self
    }

    /// The most bytes of an answer, before it is compressed, beyond which the request is 400 and has to
    /// ask for less; default: [`MAX_ANSWER`](super::MAX_ANSWER).
    pub fn max_answer(mut self, bytes: usize) -> Self {
        self.limits.max_answer = bytes;
        self
    }

    /// How long a request may take from its head to its answer's, its body included, after which it
    /// is 503; default: 5 s. An agent's call ends after nine tenths of it, so that the answer is one.
    pub fn request_time(mut self, time: Duration) -> Self {
        self.limits.request_time = time;
        self
    }

    /// The most requests that are answered at once, beyond which they are 503 at once, to be
    /// repeated after a second; default: 1,024. `/health`, `/ready` and `/metrics` are answered
    /// all the same.
    pub fn max_requests(mut self, requests: usize) -> Self {
        self.limits.max_requests = requests;
        self
    }

    /// The most connections, beyond which new ones are closed at once; default: 10,000. The
    /// process needs as many file descriptors.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.connections.max = connections;
        self
    }

    /// How long a connection may take until the head of its next request is there, after which it
    /// is closed: TLS's handshake, the first one's, and those after it, waiting between requests
    /// included; default: 10 s.
    pub fn head_time(mut self, time: Duration) -> Self {
        self.connections.head_time = time;
        self
    }

    /// How many bytes of a request's head may come without its end, after which it is 431;
    /// default: 32 KiB, at least 8 KiB.
    pub fn max_head(mut self, bytes: usize) -> Self {
        self.connections.max_head = bytes.max(8 << 10);
        self
    }

    /// How many threads a [`Server`](super::Server) answers on, each with a connection of its own to every Redis
    /// server; default: one for each processor that the process may use. A connection stays on one
    /// thread, also one of HTTP/2, so who sends everything over one has one processor.
    pub fn workers(mut self, threads: NonZeroUsize) -> Self {
        self.workers = Some(threads);
        self
    }

    /// Takes an online store that holds nothing of the project's views for ready; default: `/ready`
    /// is 503 there, since an address with a typo and a store that lost its rows look like that.
    pub fn ready_when_empty(mut self) -> Self {
        self.ready_when_empty = true;
        self
    }

    /// Lets pages of an origin, written as in `https://app.example`, read answers in a browser; `*`
    /// lets all. May be called several times; default: none.
    pub fn cors_origin(mut self, origin: impl Into<String>) -> Self {
        self.cors_origins.push(origin.into());
        self
    }

    /// A name of this server. A server on a loopback address without tokens answers only to
    /// requests for `localhost`, loopback addresses and these, since pages of other names could
    /// read from it in a browser. With a name, that holds for any server without tokens. May be
    /// called several times.
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.allowed_hosts.push(name.into());
        self
    }

    /// Which services agents get by the Model Context Protocol at `/mcp`; default: none, and nothing
    /// is there. Of these a caller gets what its token may read.
    #[cfg(feature = "mcp")]
    pub fn mcp(mut self, settings: McpSettings) -> Self {
        self.mcp = settings;
        self
    }
}
