//! The retrieval service: features of entities over HTTP, as JSON. Knows the store's reads by
//! name and the registry; nothing of how or where rows are kept.

mod answer;
mod around;
mod connections;
mod current;
mod entities;
mod features;
mod fields;
mod freshness;
mod grant;
mod health;
mod hosts;
mod metrics;
#[cfg(feature = "otel")]
mod otel;
mod pages;
mod plain;
mod rejection;
mod request_id;
mod router;
mod server;
mod serving;
mod settings;
#[cfg(feature = "http-tls")]
mod tls;
mod tokens;

#[cfg(feature = "cli")]
pub(crate) use answer::EntityAnswer;
#[cfg(feature = "mcp")]
pub(crate) use grant::Grant;
#[cfg(feature = "otel")]
pub use otel::Traces;
#[cfg(feature = "mcp")]
pub(crate) use rejection::without_values;
pub use router::router;
pub use server::{DEFAULT_ADDRESS, ServeError, Server, shutdown_signal};
#[cfg(feature = "mcp")]
pub(crate) use serving::Serving;
pub use settings::HttpSettings;
#[cfg(all(test, feature = "mcp"))]
pub(crate) use settings::Limits;
#[cfg(feature = "http-tls")]
pub use tls::Tls;
pub use tokens::Tokens;

/// The largest body of a request, in bytes, where the settings say nothing else.
pub const MAX_BODY: usize = 1 << 20;

/// The most entities that one request may ask about, where the settings say nothing else.
pub const MAX_ENTITIES: usize = 1_000;
