//! One error over those of every part.

use crate::online::OnlineError;
use crate::registry::RegistryError;
use crate::store::StoreError;
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
    /// The store can't be opened, read or pushed to.
    #[error(transparent)]
    Store(Box<StoreError>),
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
}

impl From<RegistryError> for Error {
    fn from(error: RegistryError) -> Self {
        Self::Registry(Box::new(error))
    }
}

/// What another part said stands as that part's.
impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Online(error) => Self::Online(error),
            StoreError::Registry(error) => Self::Registry(error),
            #[cfg(feature = "duckdb")]
            StoreError::Offline(error) => Self::Offline(error),
            error => Self::Store(Box::new(error)),
        }
    }
}

impl From<KeyLengthError> for Error {
    fn from(error: KeyLengthError) -> Self {
        Self::Store(Box::new(error.into()))
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
