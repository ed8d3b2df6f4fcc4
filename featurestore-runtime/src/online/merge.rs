//! How a row that is written and the one that stands there become one.

use crate::codec::Header;
use crate::time::Timestamp;

/// The rule by which a row that is written meets the one that stands at its address and field.
///
/// A store applies it in one atomic step; [`keeps`](Self::keeps) decides for stores that do so in
/// Rust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Merge {
    /// The newer one by (event timestamp, created timestamp) stays, an equal one is overwritten. A
    /// row that can't be read loses against any that can, so damage never stands in the way.
    NewerWins,
}

impl Merge {
    /// Whether the row that is `stored` stays where `row` is written.
    #[must_use]
    pub fn keeps(self, stored: &[u8], row: &[u8]) -> bool {
        match self {
            Self::NewerWins => stamp(row) < stamp(stored),
        }
    }
}

fn stamp(mut row: &[u8]) -> Option<(Timestamp, Option<Timestamp>)> {
    Header::read(&mut row).ok().map(|header| header.stamp())
}
