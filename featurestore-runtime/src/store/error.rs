//! What can go wrong with a store.

use std::fmt;

use super::superseded::Superseded;
use crate::codec::{Reason, RowError};
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
    /// A window view whose features can't be read at any entity.
    #[error("view `{view}`: {source}")]
    Windows {
        /// The view.
        view: &'static str,
        /// Why not.
        source: Reason,
    },
    /// Rows that can't be pushed.
    #[error(transparent)]
    Push(#[from] PushError),
    /// A newer build writes the view's rows with another layout.
    #[error(
        "view `{view}`: a newer build writes its rows with layout {newest}, which came after layout {own} of this one, so nothing was pushed; push with the newer build, or to go back to this one take over once (`materialize {view} --take-over`)"
    )]
    Superseded {
        /// The view.
        view: &'static str,
        /// The schema id of this build's layout, in hex.
        own: String,
        /// That of the newest layout.
        newest: String,
    },
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
    /// A join key's value that is longer than one may be.
    #[error("join key `{key}` has {bytes} bytes, and a value of one may have {limit}")]
    KeyTooLong {
        /// The join key.
        key: String,
        /// How many it has.
        bytes: usize,
        /// How many it may have.
        limit: usize,
    },
    /// A join key that is needed and was not given.
    #[error("join key `{key}` is missing; asked for are: {wanted}")]
    MissingKey {
        /// The join key.
        key: String,
        /// All that are needed.
        wanted: String,
    },
    /// A value that a request may not give for a request field.
    #[error("request field `{field}`: {source}")]
    Request {
        /// The request field.
        field: String,
        /// What is wrong with its value.
        source: Reason,
    },
    /// A request field that is needed and was not given.
    #[error("request field `{field}` is missing; a request to service `{service}` gives: {wanted}")]
    MissingRequest {
        /// The request field.
        field: String,
        /// The service.
        service: &'static str,
        /// All that a request gives.
        wanted: String,
    },
    /// A field that could not be computed.
    #[error(transparent)]
    Computed(Box<RowError>),
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

/// Rows that can't be pushed. None of those beside them was written either.
#[derive(Debug)]
pub struct PushError {
    view: &'static str,
    of: usize,
    rows: Vec<RefusedRow>,
}

/// A row that can't be pushed, and why.
#[derive(Debug, thiserror::Error)]
#[error("in the row at index {row}, `{column}`: {violation}")]
pub struct RefusedRow {
    row: usize,
    column: &'static str,
    #[source]
    violation: Violation,
}

/// How many rows a message names.
const NAMED: usize = 5;

impl PushError {
    pub(super) const fn new(view: &'static str, of: usize, rows: Vec<RefusedRow>) -> Self {
        Self { view, of, rows }
    }

    /// The view.
    #[must_use]
    pub const fn view(&self) -> &'static str {
        self.view
    }

    /// All rows that can't be pushed, each with what is wrong with it first: without them, the others
    /// can.
    #[must_use]
    pub fn rows(&self) -> &[RefusedRow] {
        &self.rows
    }
}

impl fmt::Display for PushError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "view `{}`: ", self.view)?;
        if let [row] = &self.rows[..] {
            return write!(formatter, "{row}; nothing was pushed");
        }
        let (refused, of) = (self.rows.len(), self.of);
        write!(
            formatter,
            "{refused} of {of} rows can't be pushed, so nothing was"
        )?;
        for row in self.rows.iter().take(NAMED) {
            write!(formatter, "; {row}")?;
        }
        match refused.saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(formatter, "; and {more} more"),
        }
    }
}

impl std::error::Error for PushError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let first = self.rows.first();
        first.map(|row| row as &dyn std::error::Error)
    }
}

impl RefusedRow {
    pub(super) const fn new(row: usize, column: &'static str, violation: Violation) -> Self {
        Self {
            row,
            column,
            violation,
        }
    }

    /// The row's index among those that were to be pushed.
    #[must_use]
    pub const fn row(&self) -> usize {
        self.row
    }

    /// The column that can't be as it is: a join key, the event time or a feature.
    #[must_use]
    pub const fn column(&self) -> &'static str {
        self.column
    }

    /// What is wrong with its value.
    #[must_use]
    pub const fn violation(&self) -> &Violation {
        &self.violation
    }
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
    pub(super) fn superseded(
        view: &ViewDefinition,
        Superseded { own, newest }: Superseded,
    ) -> Self {
        let view = view.name();
        Self::Superseded { view, own, newest }
    }

    /// The error of the row at `address` of `view`.
    #[cold]
    pub(super) fn row(error: RowError, view: &ViewDefinition, address: impl ToString) -> Self {
        Self::Row {
            view: view.name(),
            address: address.to_string(),
            source: Box::new(error),
        }
    }

    /// The error of what a request gives, or of what is computed of it.
    #[cold]
    pub(super) fn of_inputs(error: RowError) -> Self {
        match error {
            RowError::Request { field, reason } => Self::Request {
                field,
                source: reason,
            },
            other => Self::Computed(Box::new(other)),
        }
    }

    /// The error of a window view whose features no state can be of, or at no such time.
    #[cold]
    pub(super) fn windows(
        view: &ViewDefinition,
        error: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Windows {
            view: view.name(),
            source: Reason::new(error),
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
