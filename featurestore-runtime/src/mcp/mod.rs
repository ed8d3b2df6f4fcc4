//! The Model Context Protocol: services as tools, and what is declared as resources, over standard
//! input and output and over HTTP. All of it reads; nothing can be changed. Knows `llm` and what
//! ways in share; of HTTP nothing: there, `http` says what a request may read and counts the answers.

mod expose;
mod lines;
mod message;
mod resources;
mod server;
mod settings;
mod stdio;

#[cfg(feature = "http")]
pub(crate) use message::{Refusal, parse};
#[cfg(feature = "http")]
pub(crate) use server::{Answered, McpServer, VERSIONS};
pub use settings::{McpError, McpSettings};
pub use stdio::serve_stdio;

pub use crate::serving::{MAX_ANSWER, MAX_BODY, shutdown_signal};
pub use crate::store::MAX_KEY;
