//! What tells a build that a newer one came after it.

/// A layout of a view that another one came after, by their schema ids in hex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Superseded {
    pub(crate) own: String,
    pub(crate) newest: String,
}
