//! The retrieval service: features of entities over HTTP, as JSON. Knows the store's reads by
//! name and the registry; nothing of how or where rows are kept.

mod accept;
mod address;
#[cfg(feature = "mcp")]
mod agents;
mod answer;
mod around;
mod authority;
mod codes;
mod connections;
mod counts;
mod current;
#[cfg(feature = "duckdb")]
mod drift;
mod entities;
mod error;
mod exposition;
mod failure_form;
mod feast;
mod feast_status;
mod features;
mod fields;
mod flood;
mod forms;
mod freshness;
mod given;
mod health;
mod hosts;
mod incoming;
mod limits;
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
mod wanted;

pub use address::DEFAULT_ADDRESS;
pub use error::ServeError;
pub use limits::MAX_ENTITIES;
#[cfg(feature = "otel")]
pub use otel::Traces;
pub use server::Server;
pub use settings::HttpSettings;
#[cfg(feature = "http-tls")]
pub use tls::Tls;
pub use tokens::Tokens;

pub use crate::serving::{MAX_ANSWER, MAX_BODY, shutdown_signal};
pub use crate::store::MAX_KEY;
