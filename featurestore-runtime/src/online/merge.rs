//! How a row that is written and the one that stands there become one.

use bytes::Bytes;

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

/// The state of a window view that a change of it was made of: the change is written where that is still
/// there, in one atomic step, and else not at all.
///
/// A state is known by the number in its summary, which each write makes another one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Expected(Option<Bytes>);

impl Expected {
    /// No state.
    pub const NOTHING: Self = Self(None);

    /// The state with this summary, also one that can't be read; nothing where there is none.
    #[must_use]
    pub fn of(summary: Option<&[u8]>) -> Self {
        Self(summary.map(|summary| Bytes::copy_from_slice(number(summary))))
    }

    /// Whether it is the state whose summary is `stored`.
    #[must_use]
    pub fn is_met(&self, stored: Option<&[u8]>) -> bool {
        self.0.as_deref() == stored.map(number)
    }

    /// The bytes of its number; nothing where there is to be no state.
    #[must_use]
    pub fn number(&self) -> Option<&[u8]> {
        self.0.as_deref()
    }
}

/// Where a summary has its number: behind version and schema id. In Redis the script `state.lua` says so too.
fn number(summary: &[u8]) -> &[u8] {
    let behind = summary.get(4..).unwrap_or_default();
    behind.get(..8).unwrap_or(behind)
}

fn stamp(mut row: &[u8]) -> Option<(Timestamp, Option<Timestamp>)> {
    Header::read(&mut row).ok().map(|header| header.stamp())
}
