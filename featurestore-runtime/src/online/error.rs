//! What can go wrong with an online store.

use std::error::Error;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// The error beneath one of an online store's: a driver's, an [`io::Error`](std::io::Error).
#[derive(Clone)]
pub struct Cause(Arc<dyn Error + Send + Sync>);

impl Cause {
    /// An error as a cause.
    pub fn new(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(error))
    }
}

impl From<Arc<dyn Error + Send + Sync>> for Cause {
    fn from(error: Arc<dyn Error + Send + Sync>) -> Self {
        Self(error)
    }
}

// No error itself, so that `source` gives what is in it.
impl Deref for Cause {
    type Target = dyn Error + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// An online store that did not do what it was asked to.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum OnlineError {
    /// The address is not one.
    #[error(
        "`{url}` is not an online store's address: {reason}; write redis://HOST:PORT/DB, rediss://.., redis+unix:///PATH, redis+sentinel://HOST,HOST/MASTER, redis+cluster://HOST,HOST, or embedded:PATH"
    )]
    Url {
        /// The address, without its password.
        url: String,
        /// What is wrong with it.
        reason: String,
        /// The error beneath, if there was one.
        source: Option<Cause>,
    },
    /// The store does not answer.
    #[error(
        "the online store at {location} does not answer: {reason}; start it, or name another with --online or FEATURESTORE_ONLINE"
    )]
    Unreachable {
        /// Its address, without its password.
        location: String,
        /// What the attempt ended with.
        reason: String,
        /// The error beneath, if there was one.
        source: Option<Cause>,
    },
    /// The store refused a command.
    #[error("the online store at {location} refused: {reason}")]
    Refused {
        /// Its address, without its password.
        location: String,
        /// Its words.
        reason: String,
        /// The error beneath, if there was one.
        source: Option<Cause>,
    },
    /// The embedded store's file can't be used.
    #[error("the embedded online store {path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// What is wrong, and the way out.
        reason: String,
        /// The error beneath, if there was one.
        source: Option<Cause>,
    },
    /// Another process writes to the embedded store's file.
    #[error(
        "the embedded online store {path}: another process writes to it; stop that one, or use a Redis server, which many processes can write to: redis://HOST:PORT/DB"
    )]
    Busy {
        /// The file.
        path: String,
    },
    /// Two layouts of a view have one schema id.
    #[error(
        "the new layout of `{field}` has schema id {id:07x}, which the store keeps for another layout; add a column to the view, or give it another `version`"
    )]
    LayoutCollision {
        /// The view's field.
        field: String,
        /// The id.
        id: u32,
    },
    /// What the store keeps is not what was written there.
    #[error(
        "the online store at {location} holds something that featurestore did not write: {reason}; delete the project there and materialize again"
    )]
    Foreign {
        /// Its address, without its password.
        location: String,
        /// What it is.
        reason: String,
    },
    /// The store gave another number of answers than it was asked for: a mistake in it.
    #[error(
        "the online store at {location} gave {answered} answers where it was asked for {asked}, which is a mistake in that store"
    )]
    Answers {
        /// Its address, without its password.
        location: String,
        /// How many rows or entities it was asked for.
        asked: usize,
        /// How many answers it gave.
        answered: usize,
    },
    /// A cargo feature that the program was built without.
    #[error(
        "`{url}` needs featurestore's cargo feature `{feature}`, which this program was built without"
    )]
    NotBuilt {
        /// The address, without its password.
        url: String,
        /// The cargo feature.
        feature: &'static str,
    },
}

impl OnlineError {
    /// A store that does not answer.
    pub fn unreachable(location: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Unreachable {
            location: location.into(),
            reason: reason.into(),
            source: None,
        }
    }

    /// A store that refused a command.
    pub fn refused(location: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Refused {
            location: location.into(),
            reason: reason.into(),
            source: None,
        }
    }

    /// The same with the error beneath it; of those that have none, as it is.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Option<Cause>>) -> Self {
        if let Self::Url { source, .. }
        | Self::Unreachable { source, .. }
        | Self::Refused { source, .. }
        | Self::File { source, .. } = &mut self
        {
            *source = cause.into();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn the_error_beneath_can_be_asked_for_its_kind() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let error = OnlineError::unreachable("redis://host", refused.to_string());
        let error = error.caused_by(Cause::new(refused)).clone();
        let source = error.source().unwrap();
        let source = source.downcast_ref::<io::Error>().unwrap();
        assert_eq!(source.kind(), io::ErrorKind::ConnectionRefused);
    }
}
