//! The retrieval service: features of entities over HTTP, as JSON. Knows the store's reads by
//! name and the registry; nothing of how or where rows are kept.

mod answer;
mod counts;
mod entities;
#[cfg(feature = "cli")]
mod entity;
mod feast;
mod features;
mod fields;
mod given;
mod grant;
mod health;
mod metrics;
mod plain;
mod rejection;
mod router;
mod server;
mod serving;
#[cfg(all(test, feature = "cli", feature = "embedded"))]
mod tests;
mod value;

#[cfg(feature = "cli")]
pub(crate) use entity::EntityAnswer;
pub use router::router;
pub use server::{DEFAULT_ADDRESS, ServeError, Server, shutdown_signal};

/// The largest body of a request, in bytes.
pub const MAX_BODY: usize = 1 << 20;

/// The most entities that one request may ask about.
pub const MAX_ENTITIES: usize = 1_000;
