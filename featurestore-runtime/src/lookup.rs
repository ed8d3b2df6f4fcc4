//! What a reader gets: a value, or why there is none.

use crate::time::Timestamp;

/// A row or a value of the online store, or why there is none. It stays these three: match on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Lookup<T> {
    /// It is there, and within its view's TTL.
    Found(T),
    /// The newest row is older than its view's TTL, by the store's clock. What it says is not
    /// given, so that nobody serves it by accident.
    Expired {
        /// The row's event timestamp.
        event_timestamp: Timestamp,
    },
    /// The entity has no row of the view.
    Missing,
}

/// A [`Lookup`] without its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// There is a row within its TTL, and the value is not null.
    Found,
    /// There is a row within its TTL, and the value is null.
    Null,
    /// The newest row is older than its TTL.
    Expired,
    /// There is no row.
    Missing,
}

impl Status {
    /// The status in lower case, as answers show it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Null => "null",
            Self::Expired => "expired",
            Self::Missing => "missing",
        }
    }
}

impl<T> Lookup<T> {
    /// The value, where there is one.
    pub fn found(self) -> Option<T> {
        match self {
            Self::Found(value) => Some(value),
            Self::Expired { .. } | Self::Missing => None,
        }
    }

    /// Whether there is a value.
    pub const fn is_found(&self) -> bool {
        matches!(self, Self::Found(_))
    }

    /// The same with its value borrowed.
    pub const fn as_ref(&self) -> Lookup<&T> {
        match self {
            Self::Found(value) => Lookup::Found(value),
            Self::Expired { event_timestamp } => Lookup::Expired {
                event_timestamp: *event_timestamp,
            },
            Self::Missing => Lookup::Missing,
        }
    }

    /// The value, else `default`.
    pub fn unwrap_or(self, default: T) -> T {
        self.found().unwrap_or(default)
    }

    /// The same with its value changed.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Lookup<U> {
        match self {
            Self::Found(value) => Lookup::Found(change(value)),
            Self::Expired { event_timestamp } => Lookup::Expired { event_timestamp },
            Self::Missing => Lookup::Missing,
        }
    }

    /// The same with its value changed, or the error of the change.
    ///
    /// # Errors
    ///
    /// The error of `change`.
    pub fn try_map<U, E>(self, change: impl FnOnce(T) -> Result<U, E>) -> Result<Lookup<U>, E> {
        Ok(match self {
            Self::Found(value) => Lookup::Found(change(value)?),
            Self::Expired { event_timestamp } => Lookup::Expired { event_timestamp },
            Self::Missing => Lookup::Missing,
        })
    }
}
