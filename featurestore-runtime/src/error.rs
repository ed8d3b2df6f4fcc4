//! One error over those of every part.

use crate::codec::RowError;
use crate::online::OnlineError;
use crate::registry::RegistryError;
use crate::types::ValueError;
use crate::view::KeyLengthError;

/// What can go wrong with a store. Each part has its own error; this one holds any of them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Declarations that contradict each other, or a name that nothing has.
    #[error(transparent)]
    Registry(Box<RegistryError>),
    /// The online store did not do what it was asked to.
    #[error(transparent)]
    Online(#[from] OnlineError),
    /// An online row that can't be read.
    #[error("the row of view `{view}` at {address}: {error}")]
    Row {
        /// The view.
        view: String,
        /// The entity's address.
        address: String,
        /// What is wrong with it.
        error: Box<RowError>,
    },
    /// A key with another number of values than its view has join keys.
    #[error(transparent)]
    KeyLength(#[from] KeyLengthError),
    /// A row that can't be pushed.
    #[error(transparent)]
    Push(#[from] crate::store::PushError),
    /// A join key's value that does not fit its dtype.
    #[error("join key `{key}`: {error}")]
    Key {
        /// The join key.
        key: String,
        /// What is wrong with its value.
        error: ValueError,
    },
    /// A join key that is needed and was not given.
    #[error("join key `{key}` is missing; asked for are: {wanted}")]
    MissingKey {
        /// The join key.
        key: String,
        /// All that are needed.
        wanted: String,
    },
    /// Columns of different entities in one `select`.
    #[error(
        "`select` reads one entity, and {first} and {second} are of different ones; use a feature service"
    )]
    MixedEntities {
        /// A view and its entity.
        first: String,
        /// Another.
        second: String,
    },
    /// The offline store did not do what it was asked to.
    #[cfg(feature = "duckdb")]
    #[error(transparent)]
    Offline(Box<crate::offline::OfflineError>),
    /// A view that can't be materialized, or compared with its source.
    #[cfg(feature = "duckdb")]
    #[error(transparent)]
    Materialize(Box<crate::materialize::MaterializeError>),
    /// A schedule that can't be kept.
    #[cfg(feature = "duckdb")]
    #[error(transparent)]
    Schedule(Box<crate::schedule::ScheduleError>),
    /// The retrieval service can't listen.
    #[cfg(feature = "http")]
    #[error(transparent)]
    Serve(#[from] crate::http::ServeError),
    /// Agents can't be served.
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
}

impl From<RegistryError> for Error {
    fn from(error: RegistryError) -> Self {
        Self::Registry(Box::new(error))
    }
}

#[cfg(feature = "duckdb")]
impl From<crate::offline::OfflineError> for Error {
    fn from(error: crate::offline::OfflineError) -> Self {
        Self::Offline(Box::new(error))
    }
}

/// What another part said stands as that part's.
#[cfg(feature = "duckdb")]
impl From<crate::materialize::MaterializeError> for Error {
    fn from(error: crate::materialize::MaterializeError) -> Self {
        use crate::materialize::MaterializeError;

        match error {
            MaterializeError::Online(error) => Self::Online(error),
            MaterializeError::Offline(error) => Self::Offline(error),
            error => Self::Materialize(Box::new(error)),
        }
    }
}

/// What another part said stands as that part's.
impl From<crate::upkeep::UpkeepError> for Error {
    fn from(error: crate::upkeep::UpkeepError) -> Self {
        use crate::upkeep::UpkeepError;

        match error {
            UpkeepError::Online(error) => Self::Online(error),
            UpkeepError::Registry(error) => Self::Registry(error),
        }
    }
}

/// What another part said stands as that part's.
#[cfg(feature = "duckdb")]
impl From<crate::schedule::ScheduleError> for Error {
    fn from(error: crate::schedule::ScheduleError) -> Self {
        use crate::schedule::ScheduleError;

        match error {
            ScheduleError::Online(error) => Self::Online(error),
            error => Self::Schedule(Box::new(error)),
        }
    }
}

impl Error {
    /// The error of the row at `address` of `view`.
    pub(crate) fn row(error: RowError, view: &str, address: impl ToString) -> Self {
        Self::Row {
            view: view.to_owned(),
            address: address.to_string(),
            error: Box::new(error),
        }
    }
}
