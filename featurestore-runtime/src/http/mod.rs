//! The retrieval service: features of entities over HTTP, as JSON. Knows the store's reads by
//! name and the registry; nothing of how or where rows are kept.

mod answer;
mod around;
mod codes;
mod connections;
mod counts;
mod current;
mod entities;
#[cfg(feature = "cli")]
mod entity;
mod feast;
mod features;
mod fields;
mod freshness;
mod given;
mod grant;
mod health;
mod hosts;
mod metrics;
mod name;
mod openapi;
#[cfg(feature = "otel")]
mod otel;
#[cfg(feature = "pages")]
mod pages;
mod plain;
mod rejection;
mod request_id;
mod router;
mod server;
mod serving;
mod settings;
#[cfg(all(test, feature = "cli", feature = "embedded"))]
mod tests;
mod threads;
#[cfg(feature = "http-tls")]
mod tls;
mod tokens;
mod value;
mod visible;

#[cfg(feature = "cli")]
pub(crate) use entity::EntityAnswer;
#[cfg(feature = "mcp")]
pub(crate) use grant::Grant;
#[cfg(feature = "otel")]
pub use otel::Traces;
#[cfg(feature = "mcp")]
pub(crate) use rejection::without_values;
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
