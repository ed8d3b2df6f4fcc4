//! What makes a command fail.

use std::io;
use std::process::ExitCode;

use super::signals::Signal;
use crate::error::Error;
#[cfg(feature = "http")]
use crate::http::ServeError;
use crate::llm::ToolError;
#[cfg(feature = "duckdb")]
use crate::materialize::MaterializeError;
#[cfg(feature = "mcp")]
use crate::mcp::McpError;
use crate::registry::RegistryError;
#[cfg(feature = "duckdb")]
use crate::schedule::ScheduleError;
use crate::store::StoreError;
use crate::types::ValueError;
use crate::upkeep::UpkeepError;

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
    #[cfg(feature = "duckdb")]
    #[error("`{view}` is a view, and this command takes a service; {instead}")]
    ViewForService { view: &'static str, instead: String },
    #[error("join key `{key}` is missing; needed are: {wanted}")]
    MissingKey { key: &'static str, wanted: String },
    #[error("join key `{key}`: {error}")]
    WrongKey {
        key: &'static str,
        error: ValueError,
    },
    #[error("join key `{key}` is given more than once")]
    RepeatedKey { key: &'static str },
    #[error("`--request {given}` names no request field; write --request NAME=VALUE for: {wanted}")]
    UnknownRequest { given: String, wanted: String },
    #[error("request field `{field}`: {error}")]
    WrongRequest {
        field: &'static str,
        error: ValueError,
    },
    #[error("request field `{field}` is given more than once")]
    RepeatedRequest { field: &'static str },
    #[cfg(feature = "duckdb")]
    #[error("no time is given; give --at, or --from, --until and --every")]
    NoTime,
    #[cfg(feature = "duckdb")]
    #[error("{failed} of {of} views failed:{reasons}")]
    NotMaterialized {
        failed: usize,
        of: usize,
        reasons: String,
    },
    #[cfg(feature = "duckdb")]
    #[error("{path} differs in {count} from what is live; accept that with the command `lock`")]
    Differs { path: String, count: String },
    #[cfg(feature = "duckdb")]
    #[error("can't write {path}")]
    WriteLock {
        path: String,
        #[source]
        error: io::Error,
    },
    #[error(
        "{count} breaking; give the view a new `version`, or accept it with the command `lock`"
    )]
    Breaking { count: String },
    #[error("{count} that needs rows to be written again; run `materialize`")]
    Recompute { count: String },
    #[error(
        "stopped by {}; {}", signal.as_str(),
        if *clean {
            "nothing half-done is left, and the same command does all of it anew"
        } else {
            "it did not end within a second, so an unfinished file may be left beside the output"
        }
    )]
    Stopped { signal: Signal, clean: bool },
    #[error("nobody can be asked whether to delete {what}: this is no terminal; write --yes")]
    NotConfirmed { what: String },
    #[error("{what} are kept, as the answer was not yes")]
    Kept { what: String },
    #[cfg(feature = "duckdb")]
    #[error("{count} from what materialization would write; run `materialize`, and verify again")]
    Skewed { count: String },
    #[cfg(any(feature = "http", feature = "mcp"))]
    #[error(
        "`{given}` is no log level: {reason}; write error, warn, info or debug, or a target with one, as in hyper=debug"
    )]
    LogLevel { given: String, reason: String },
    #[error(transparent)]
    Tool(#[from] ToolError),
    #[error("`--key {given}` names no join key; write --key NAME=VALUE for: {wanted}")]
    UnknownKey { given: String, wanted: String },
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}

impl CliError {
    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Recompute { .. } => ExitCode::from(3),
            Self::Stopped { signal, .. } => signal.exit_code(),
            _ => ExitCode::FAILURE,
        }
    }

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

#[cfg(feature = "duckdb")]
impl From<crate::offline::OfflineError> for CliError {
    fn from(error: crate::offline::OfflineError) -> Self {
        Self::Store(error.into())
    }
}

#[cfg(feature = "mcp")]
impl From<McpError> for CliError {
    fn from(error: McpError) -> Self {
        Self::Store(error.into())
    }
}

#[cfg(feature = "http")]
impl From<ServeError> for CliError {
    fn from(error: ServeError) -> Self {
        Self::Store(error.into())
    }
}

impl From<UpkeepError> for CliError {
    fn from(error: UpkeepError) -> Self {
        Self::Store(error.into())
    }
}

#[cfg(feature = "duckdb")]
impl From<ScheduleError> for CliError {
    fn from(error: ScheduleError) -> Self {
        Self::Store(error.into())
    }
}

#[cfg(feature = "duckdb")]
impl From<MaterializeError> for CliError {
    fn from(error: MaterializeError) -> Self {
        Self::Store(error.into())
    }
}
