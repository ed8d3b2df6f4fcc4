//! A project's entities, page by page.

use bytes::Bytes;

use super::Address;

/// Where a scan goes on. What it holds is its store's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanCursor(Bytes);

/// An entity with all that a store has of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredEntity {
    /// Where it stands.
    pub address: Address,
    /// Its fields, one per view, with their rows.
    pub rows: Vec<(String, Bytes)>,
}

/// A part of a project's entities.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ScanPage {
    /// The entities; there may be none in a page that is not the last.
    pub entities: Vec<StoredEntity>,
    /// Where the next page starts; nothing behind the last one.
    pub next: Option<ScanCursor>,
}

impl StoredEntity {
    /// An entity with the rows of its fields.
    #[must_use]
    pub const fn new(address: Address, rows: Vec<(String, Bytes)>) -> Self {
        Self { address, rows }
    }
}

impl ScanPage {
    /// Entities, and where the page behind them starts.
    #[must_use]
    pub const fn new(entities: Vec<StoredEntity>, next: Option<ScanCursor>) -> Self {
        Self { entities, next }
    }
}

impl ScanCursor {
    /// A cursor, for who implements [`OnlineStore::scan`](super::OnlineStore::scan).
    #[must_use]
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self(bytes.into())
    }

    /// What its store made it of.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
