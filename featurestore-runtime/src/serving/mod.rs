//! What every way in shares: what a caller may read, the largest request, what a log may say, one
//! entity's answer, what is declared. Knows the store's reads by name; nothing of HTTP, and of no protocol.

#[cfg(any(feature = "mcp", feature = "cli"))]
pub(crate) mod declared;
#[cfg(feature = "cli")]
mod entity;
#[cfg(any(feature = "http", feature = "mcp"))]
mod grant;
#[cfg(any(feature = "http", feature = "mcp"))]
mod shutdown;
#[cfg(any(feature = "http", feature = "cli"))]
mod status;
#[cfg(any(feature = "http", feature = "mcp"))]
mod words;

#[cfg(feature = "cli")]
pub(crate) use entity::EntityAnswer;
#[cfg(any(feature = "http", feature = "mcp"))]
pub(crate) use grant::Grant;
#[cfg(any(feature = "http", feature = "mcp"))]
pub use shutdown::shutdown_signal;
#[cfg(any(feature = "http", feature = "cli"))]
pub(crate) use status::status;
#[cfg(any(feature = "http", feature = "mcp"))]
pub(crate) use words::{lacking, without_values};

/// The largest answer to a request, in bytes, where the settings say nothing else.
#[cfg(any(feature = "http", feature = "mcp"))]
pub const MAX_ANSWER: usize = 64 << 20;

/// The largest body of a request, in bytes, where the settings say nothing else.
#[cfg(any(feature = "http", feature = "mcp"))]
pub const MAX_BODY: usize = 1 << 20;
