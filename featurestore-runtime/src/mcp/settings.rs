//! What agents get, and who may ask.

use crate::llm::ToolError;
use crate::registry::RegistryError;

/// Which services agents get as tools, and over HTTP, from where they may ask. Nothing is exposed that
/// is not named here.
///
/// ```
/// use featurestore::mcp::McpSettings;
///
/// let settings = McpSettings::new().service("watch_next").allow_host("features.example.com");
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct McpSettings {
    pub(super) all: bool,
    pub(super) services: Vec<String>,
    pub(super) hosts: Vec<String>,
    pub(super) origins: Vec<String>,
}

impl McpSettings {
    /// Exposes nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Exposes a service, by its name.
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.services.push(name.into());
        self
    }

    /// Exposes every service that the store knows, also those that are declared later.
    pub const fn all_services(mut self) -> Self {
        self.all = true;
        self
    }

    /// Answers requests over HTTP that name this host, `example.com` or `example.com:6566`, beside
    /// those that name this machine. The check keeps websites from reaching a local server by way of a
    /// domain name that they point at it.
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into());
        self
    }

    /// Answers requests over HTTP of a website's scripts, written `https://example.com:443`. Without
    /// it, none that a browser marks as a website's is answered.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Whether there is anything to expose.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.all && self.services.is_empty()
    }
}

/// What keeps services from agents.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum McpError {
    /// A name that no service has.
    #[error(transparent)]
    Service(Box<RegistryError>),
    /// A service that can't be a tool.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// The conversation over standard input and output broke off.
    #[error("the client's messages can't be read as the protocol's: {reason}")]
    Conversation {
        /// Why.
        reason: String,
    },
}

impl From<RegistryError> for McpError {
    fn from(error: RegistryError) -> Self {
        Self::Service(Box::new(error))
    }
}
