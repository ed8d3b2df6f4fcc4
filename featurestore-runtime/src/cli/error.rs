//! What makes a command fail.

use std::io;

use crate::error::Error;
use crate::http::ServeError;
use crate::registry::RegistryError;
use crate::types::ValueError;

#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    #[error(transparent)]
    Store(#[from] Error),
    #[error("can't write the answer")]
    Write(#[source] io::Error),
    #[error("can't write the answer as JSON")]
    Json(#[from] serde_json::Error),
    #[error("can't make the asynchronous runtime: {reason}")]
    Runtime { reason: String },
    #[error("`{name}` is a view and a service; write view:{name} or service:{name}")]
    Both { name: String },
    #[error("join key `{key}` is missing; needed are: {wanted}")]
    MissingKey { key: &'static str, wanted: String },
    #[error("join key `{key}`: {error}")]
    WrongKey {
        key: &'static str,
        error: ValueError,
    },
    #[error("join key `{key}` is given more than once")]
    RepeatedKey { key: &'static str },
    #[cfg(feature = "duckdb")]
    #[error("{failed} of {of} views failed:{reasons}")]
    NotMaterialized {
        failed: usize,
        of: usize,
        reasons: String,
    },
    #[error("`--key {given}` names no join key; write --key NAME=VALUE for: {wanted}")]
    UnknownKey { given: String, wanted: String },
}

impl CliError {
    /// Whether whoever read the answer went away.
    pub(super) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Write(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<RegistryError> for CliError {
    fn from(error: RegistryError) -> Self {
        Self::Store(error.into())
    }
}

impl From<ServeError> for CliError {
    fn from(error: ServeError) -> Self {
        Self::Store(error.into())
    }
}
