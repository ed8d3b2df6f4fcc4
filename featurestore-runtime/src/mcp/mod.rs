//! The Model Context Protocol: services as tools, and what is declared as resources, over standard
//! input and output and over HTTP. All of it reads; nothing can be changed. Knows `llm`, and of `http`
//! only what a caller may read, and where answers are counted.

mod expose;
mod resources;
mod routes;
mod server;
mod settings;
mod stdio;
#[cfg(all(test, feature = "embedded"))]
mod tests;

pub(crate) use routes::routes;
pub(crate) use server::McpServer;
pub use settings::{McpError, McpSettings};
pub use stdio::serve_stdio;
