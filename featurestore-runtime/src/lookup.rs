//! What a reader gets: a value, or why there is none.

use std::ops::Deref;

use crate::time::Timestamp;

/// A row or a value of the online store, or why there is none. It stays these three: match on it, or
/// ask it as an `Option` is asked.
///
/// ```
/// use featurestore::{Lookup, Status};
///
/// let minutes = Lookup::Found(12);
/// assert_eq!(minutes.map(|minutes| minutes * 60).unwrap_or_default(), 720);
/// if let Lookup::Found(minutes) = minutes {
///     assert_eq!(minutes, 12);
/// }
///
/// let none = Lookup::<i64>::Missing;
/// assert_eq!((none.status(), none.unwrap_or(0)), (Status::Missing, 0));
/// assert_eq!(none.ok_or_else(|why| why.as_str()), Err("missing"));
/// assert_eq!(Option::<i64>::from(none), None);
/// ```
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
    /// The entity has no row of the view, or one that another build wrote without the column.
    Missing,
}

/// A [`Lookup`] without its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// There is a row within its TTL, and the value is not null.
    Found,
    /// There is a row within its TTL, and the value is null.
    Null,
    /// The newest row is older than its TTL.
    Expired,
    /// There is no row, or one that another build wrote without the column.
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

    /// Whether there is a value, or why not. A null in the value is not seen: that is a
    /// [`Status::Found`].
    pub const fn status(&self) -> Status {
        match self {
            Self::Found(_) => Status::Found,
            Self::Expired { .. } => Status::Expired,
            Self::Missing => Status::Missing,
        }
    }

    /// When the row that has expired was true; nothing where there is none, or one that is given:
    /// what is found knows its own time.
    pub const fn event_timestamp(&self) -> Option<Timestamp> {
        match self {
            Self::Expired { event_timestamp } => Some(*event_timestamp),
            Self::Found(_) | Self::Missing => None,
        }
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

    /// The same with what its value points to: a `&str` of a `String`.
    pub fn as_deref(&self) -> Lookup<&T::Target>
    where
        T: Deref,
    {
        self.as_ref().map(T::deref)
    }

    /// The value, else `default`.
    pub fn unwrap_or(self, default: T) -> T {
        self.found().unwrap_or(default)
    }

    /// The value, else what `default` makes.
    pub fn unwrap_or_else(self, default: impl FnOnce() -> T) -> T {
        self.found().unwrap_or_else(default)
    }

    /// The value, else its type's default.
    pub fn unwrap_or_default(self) -> T
    where
        T: Default,
    {
        self.found().unwrap_or_default()
    }

    /// The value, else `error`.
    ///
    /// # Errors
    ///
    /// `error`, where there is none.
    pub fn ok_or<E>(self, error: E) -> Result<T, E> {
        self.found().ok_or(error)
    }

    /// The value, else the error that `error` makes of why there is none.
    ///
    /// # Errors
    ///
    /// That error, where there is none.
    pub fn ok_or_else<E>(self, error: impl FnOnce(Status) -> E) -> Result<T, E> {
        let status = self.status();
        self.found().ok_or_else(|| error(status))
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

impl<T> Lookup<Lookup<T>> {
    /// What is found of what is found.
    pub fn flatten(self) -> Lookup<T> {
        match self {
            Self::Found(inner) => inner,
            Self::Expired { event_timestamp } => Lookup::Expired { event_timestamp },
            Self::Missing => Lookup::Missing,
        }
    }
}

impl<T> From<Lookup<T>> for Option<T> {
    fn from(lookup: Lookup<T>) -> Self {
        lookup.found()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lookup_has_a_value_or_says_why_not() {
        let event_timestamp = Timestamp::UNIX_EPOCH;
        let expired = Lookup::<String>::Expired { event_timestamp };
        let found = Lookup::Found("a".to_owned());
        assert_eq!(found.as_deref(), Lookup::Found("a"));
        assert_eq!(expired.as_deref(), Lookup::Expired { event_timestamp });
        assert_eq!(
            [
                found.status(),
                expired.status(),
                Lookup::<u8>::Missing.status()
            ],
            [Status::Found, Status::Expired, Status::Missing]
        );
        assert_eq!(expired.event_timestamp(), Some(event_timestamp));
        assert_eq!(found.event_timestamp(), None);
        assert_eq!(expired.clone().ok_or("none"), Err("none"));
        assert_eq!(expired.clone().ok_or_else(|why| why), Err(Status::Expired));
        assert_eq!(expired.clone().unwrap_or_else(|| "b".to_owned()), "b");
        assert_eq!(expired.clone().unwrap_or_default(), "");
        assert_eq!(Lookup::Found(expired.clone()).flatten(), expired);
        assert_eq!(Lookup::Found(found.clone()).flatten(), found);
        assert_eq!(Option::<String>::from(expired), None);
        assert_eq!(Option::<String>::from(found), Some("a".to_owned()));
    }
}
