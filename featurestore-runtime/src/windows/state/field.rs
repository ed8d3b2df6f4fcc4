//! The fields of a view's state.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;

/// A field of an entity's hash. Its name is the view's and what it displays as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Field {
    /// The summary.
    Summary,
    /// The rows of some tiles that follow each other, such as a day's.
    Group(i64),
    /// The rows of one tile.
    Tile(i64),
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Summary => Ok(()),
            Self::Group(group) => write!(formatter, "/d{group}"),
            Self::Tile(tile) => write!(formatter, "/h{tile}"),
        }
    }
}

/// What a store has under those of the fields that were asked for.
pub(crate) type Stored = BTreeMap<Field, Bytes>;

/// What a store is to have from now on; nothing where it is to have nothing.
pub(crate) type Changes = BTreeMap<Field, Option<Bytes>>;
