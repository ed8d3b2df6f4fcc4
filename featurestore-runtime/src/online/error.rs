//! What can go wrong with an online store.

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
    },
    /// The store refused a command.
    #[error("the online store at {location} refused: {reason}")]
    Refused {
        /// Its address, without its password.
        location: String,
        /// Its words.
        reason: String,
    },
    /// The embedded store's file can't be used.
    #[error("the embedded online store {path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// What is wrong, and the way out.
        reason: String,
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
