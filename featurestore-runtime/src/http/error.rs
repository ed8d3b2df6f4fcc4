//! Why the service can't answer.

use super::address::DEFAULT_ADDRESS;

/// A service that can't listen, or not as it was set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Another program listens there.
    #[error(
        "{address} is in use by another program; stop that one, or choose another address with --listen (with port 0, a free one is picked)"
    )]
    InUse {
        /// The address.
        address: String,
    },
    /// The address is not one, or not one of this machine.
    #[error("can't listen on `{address}`: {reason}; write HOST:PORT, as in {DEFAULT_ADDRESS}")]
    Listen {
        /// The address.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Other machines could read everything.
    #[error(
        "{address} can be reached from other machines, and nobody would be asked for a token; name a file of tokens with --tokens, listen on {DEFAULT_ADDRESS}, or insist with --insecure-no-tokens"
    )]
    NoTokens {
        /// The address.
        address: String,
    },
    /// A certificate or a key that can't be used.
    #[error("{path}: {reason}")]
    Tls {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A service that agents can't get.
    #[cfg(feature = "mcp")]
    #[error(transparent)]
    Mcp(#[from] crate::mcp::McpError),
    /// A setting that is not right.
    #[error("{setting}: {reason}")]
    Setting {
        /// The setting.
        setting: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The socket failed while it was served.
    #[error("the server at {address} stopped: {reason}")]
    Stopped {
        /// The address.
        address: String,
        /// Why.
        reason: String,
    },
}
