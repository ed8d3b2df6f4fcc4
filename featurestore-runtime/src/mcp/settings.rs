//! What agents get.

use std::time::Duration;

use crate::llm::ToolError;
use crate::registry::RegistryError;
use crate::serving::MAX_ANSWER;
use crate::store::MAX_KEY;

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
    pub(super) bounds: Bounds,
}

/// What bounds a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) max_key: usize,
    pub(super) max_answer: usize,
    pub(super) call_time: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            max_key: MAX_KEY,
            max_answer: MAX_ANSWER,
            call_time: Duration::from_secs(5),
        }
    }
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

    /// The most bytes of an argument, which is a join key's value; default:
    /// [`MAX_KEY`](super::MAX_KEY). Over HTTP, `HttpSettings` says this and what follows.
    pub const fn max_key(mut self, bytes: usize) -> Self {
        self.bounds.max_key = bytes;
        self
    }

    /// The most bytes of an answer's text; default: [`MAX_ANSWER`](super::MAX_ANSWER).
    pub const fn max_answer(mut self, bytes: usize) -> Self {
        self.bounds.max_answer = bytes;
        self
    }

    /// How long a call may take, after which its answer is that there is none; default: 5 s.
    pub const fn call_time(mut self, time: Duration) -> Self {
        self.bounds.call_time = time;
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
