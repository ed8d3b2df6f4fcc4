//! The retrieval service: features of entities over HTTP, as JSON. Knows the store's reads by
//! name and the registry; nothing of how or where rows are kept.

mod answer;
mod codes;
mod entities;
mod features;
mod fields;
mod grant;
mod health;
mod metrics;
mod openapi;
mod pages;
mod plain;
mod rejection;
mod router;
mod server;
mod serving;
mod visible;

#[cfg(feature = "cli")]
pub(crate) use answer::EntityAnswer;
pub use router::router;
pub use server::{DEFAULT_ADDRESS, ServeError, Server, shutdown_signal};

/// The largest body of a request, in bytes.
pub const MAX_BODY: usize = 1 << 20;

/// The most entities that one request may ask about.
pub const MAX_ENTITIES: usize = 1_000;
