//! What agents get.

use crate::llm::ToolError;
use crate::registry::RegistryError;

/// Which services agents get as tools. Nothing is exposed that is not named here.
///
/// ```
/// use featurestore::mcp::McpSettings;
///
/// let settings = McpSettings::new().service("watch_next").service("rank_title");
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct McpSettings {
    pub(super) all: bool,
    pub(super) services: Vec<String>,
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

    /// Exposes every service that the store knows, also those that are declared later. Over HTTP with
    /// tokens, each gets those that its token names.
    pub const fn all_services(mut self) -> Self {
        self.all = true;
        self
    }

    /// Whether there is anything to expose.
    #[cfg(feature = "http")]
    pub(super) fn is_empty(&self) -> bool {
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
