//! What can go wrong with a store.

use crate::codec::RowError;
use crate::online::OnlineError;
use crate::registry::RegistryError;
use crate::types::ValueError;
use crate::view::{KeyLengthError, ViewDefinition, Violation};

/// What an error of a setting is caused by, as an [`std::io::Error`].
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A store that can't be opened, read or pushed to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Declarations that contradict each other, or a name that nothing has.
    #[error(transparent)]
    Registry(Box<RegistryError>),
    /// The online store did not do what it was asked to.
    #[error(transparent)]
    Online(#[from] OnlineError),
    /// The sources are not those that were declared.
    #[cfg(feature = "duckdb")]
    #[error(transparent)]
    Offline(Box<crate::offline::OfflineError>),
    /// A setting that is not right.
    #[error("{setting}: {reason}")]
    Setting {
        /// The setting.
        setting: &'static str,
        /// What is wrong with it.
        reason: String,
        /// What said so, where it was an error.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// An online row that can't be read.
    #[error("the row of view `{view}` at {address}: {source}")]
    Row {
        /// The view.
        view: &'static str,
        /// The entity's address.
        address: String,
        /// What is wrong with it.
        source: Box<RowError>,
    },
    /// A row that can't be pushed.
    #[error(transparent)]
    Push(#[from] PushError),
    /// A key with another number of values than its view has join keys.
    #[error(transparent)]
    KeyLength(#[from] KeyLengthError),
    /// A join key's value that does not fit its dtype.
    #[error("join key `{key}`: {source}")]
    Key {
        /// The join key.
        key: String,
        /// What is wrong with its value.
        source: ValueError,
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
    /// What can't be, and is a fault of this library.
    #[error("internal error, which is not of your making: {what}")]
    Internal {
        /// What broke.
        what: String,
    },
}

/// A row that can't be pushed. None of those beside it was written either.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// A value that its column may not have.
    #[error(
        "view `{view}`: in the row at index {row}, `{column}`: {violation}; nothing was pushed"
    )]
    Value {
        /// The view.
        view: &'static str,
        /// The row's index among those that were to be pushed.
        row: usize,
        /// The feature.
        column: &'static str,
        /// What is wrong with its value.
        #[source]
        violation: Violation,
    },
    /// A key that its type refuses.
    #[error("view `{view}`: the key of the row at index {row}: {error}; nothing was pushed")]
    Key {
        /// The view.
        view: &'static str,
        /// The row's index among those that were to be pushed.
        row: usize,
        /// What is wrong with its key.
        #[source]
        error: RowError,
    },
}

impl From<RegistryError> for StoreError {
    fn from(error: RegistryError) -> Self {
        Self::Registry(Box::new(error))
    }
}

#[cfg(feature = "duckdb")]
impl From<crate::offline::OfflineError> for StoreError {
    fn from(error: crate::offline::OfflineError) -> Self {
        Self::Offline(Box::new(error))
    }
}

impl StoreError {
    /// The error of the row at `address` of `view`.
    #[cold]
    pub(super) fn row(error: RowError, view: &ViewDefinition, address: impl ToString) -> Self {
        Self::Row {
            view: view.name(),
            address: address.to_string(),
            source: Box::new(error),
        }
    }

    /// The error of a setting of which another error says what is wrong.
    pub(super) fn setting(setting: &'static str, error: impl Into<BoxError>) -> Self {
        let source = error.into();
        Self::Setting {
            setting,
            reason: source.to_string(),
            source: Some(source),
        }
    }

    #[cold]
    pub(crate) fn internal(what: impl Into<String>) -> Self {
        Self::Internal { what: what.into() }
    }
}
