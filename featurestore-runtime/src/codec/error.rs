//! Why a row can't be read.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::version::VERSION;
use crate::types::ValueError;

/// A row that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// The bytes are not a whole row.
    #[error("the row is damaged: {reason}; materialize its view again to replace it")]
    Damaged {
        /// What is wrong with them.
        reason: &'static str,
    },
    /// The row was written in another version of the format.
    #[error("the row has format version {found}, this build reads {VERSION}; upgrade the reader")]
    Version {
        /// The row's version.
        found: u8,
    },
    /// No layout is known under the row's schema id.
    #[error(
        "the row has schema id {schema_id:07x}, and the store keeps no layout with it; materialize its view again"
    )]
    UnknownLayout {
        /// The row's schema id.
        schema_id: u32,
    },
    /// The layout that the store keeps under the row's schema id is of a newer build.
    #[error(
        "the row's layout {schema_id:07x} is one that this build can't read: {reason}; upgrade the reader"
    )]
    UnreadableLayout {
        /// The row's schema id.
        schema_id: u32,
        /// What is wrong with it.
        reason: String,
    },
    /// The row has no value for a column that needs one.
    #[error(
        "the row was written without `{column}`, which has no default and may not be null; give it a `default`, make it an `Option`, or materialize its view again"
    )]
    Missing {
        /// The column.
        column: String,
    },
    /// The row's layout and the declared columns don't go together.
    #[error(
        "the row was written with `{column}` as {stored}, declared is {declared}; give the view a new `version`, or materialize it again"
    )]
    Incompatible {
        /// The column.
        column: String,
        /// Its dtype in the row.
        stored: String,
        /// Its declared dtype.
        declared: String,
    },
    /// A value does not fit its field's type.
    #[error("`{column}`: {error}")]
    Value {
        /// The column.
        column: String,
        /// What is wrong with it.
        #[source]
        error: ValueError,
    },
    /// A window view that nobody loaded.
    #[error("the view's events were not loaded, so nothing is known of any entity; materialize it")]
    NotLoaded,
    /// A window view's feature of an entity row whose key is null, so there is no entity.
    #[error(
        "`{column}` is of a window view, and the row has no key, so there are no events that it could be of; make the field an `Option`, or leave rows without keys out"
    )]
    NoKey {
        /// The feature.
        column: String,
    },
    /// An entity's state of a window view that can't be read.
    #[error("{reason}")]
    State {
        /// What is wrong with it.
        #[source]
        reason: Reason,
    },
    /// A window that begins or ends among events of its entity that are gone, since there are too many.
    #[error(
        "`{column}` would be too small: the entity has more than {limit} events in its exact windows, and this one begins or ends among those that are gone; give it a `resolution`"
    )]
    TooManyEvents {
        /// The feature.
        column: String,
        /// How many events of an entity are kept.
        limit: u64,
    },
    /// A feature of a window view that has no value, while others may have one.
    #[error("`{column}`: {reason}")]
    Unanswered {
        /// The feature.
        column: String,
        /// Why.
        #[source]
        reason: Reason,
    },
    /// A request may not give a value that it gives.
    #[error("request field `{field}`: {reason}")]
    Request {
        /// The request field.
        field: String,
        /// What is wrong with its value.
        #[source]
        reason: Reason,
    },
    /// The expression of a computed field panicked.
    #[error(
        "computing `{field}` of service `{service}` panicked: {message}; have its expression ask for what may not be, and give a `None` then"
    )]
    Panicked {
        /// The service.
        service: String,
        /// The field.
        field: String,
        /// What the panic said.
        message: String,
    },
    /// A field is computed of the key, and a row of a training set has none.
    #[error(
        "`{field}` is computed of the key, and the row has a null in it; give every row its key, or compute `{field}` without `key`"
    )]
    ComputedOfNoKey {
        /// The field.
        field: String,
    },
    /// What can't be, and is a fault of this library.
    #[error("internal error, which is not of your making: {what}")]
    Internal {
        /// What broke.
        what: String,
    },
}

impl RowError {
    /// Whether the row has no value for a column, which says nothing of its others: it was written
    /// without it, with another of that name, or with a null where none may be now.
    pub(crate) const fn is_of_column(&self) -> bool {
        matches!(
            self,
            Self::Missing { .. }
                | Self::Incompatible { .. }
                | Self::Value {
                    error: ValueError::Null,
                    ..
                }
        )
    }

    /// Whether it is of what is asked for, and of no row: what a request gives, or what is computed.
    pub(crate) const fn is_of_inputs(&self) -> bool {
        matches!(
            self,
            Self::Request { .. } | Self::Panicked { .. } | Self::ComputedOfNoKey { .. }
        )
    }

    /// Whether it is a fault of this library, and the row may be right.
    #[cfg(feature = "http")]
    pub(crate) const fn is_internal(&self) -> bool {
        matches!(self, Self::Internal { .. })
    }

    #[cold]
    pub(crate) fn internal(what: impl Into<String>) -> Self {
        Self::Internal { what: what.into() }
    }
}

/// Why a state can't be read, or a feature has no value, as who knows of it says.
#[derive(Clone)]
pub struct Reason(Arc<dyn Error + Send + Sync>);

impl Reason {
    pub(crate) fn new(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(error))
    }
}

impl PartialEq for Reason {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for Reason {}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Error for Reason {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// What is wrong with bytes that are not a row's. Reading passes it along rather than a
/// [`RowError`], which is larger than most values and has to be dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Damage(pub(super) &'static str);

impl From<Damage> for RowError {
    #[cold]
    fn from(Damage(reason): Damage) -> Self {
        Self::Damaged { reason }
    }
}
