//! The files that a run reads, as they were before.

use std::cell::RefCell;

use featurestore_schema::files::{Marks, Snapshot};

/// The files that are read, and who reads them.
#[derive(Debug, Default)]
pub(super) struct Watched(pub(super) RefCell<Vec<(String, Read)>>);

/// Files at a moment.
#[derive(Debug)]
pub(super) enum Read {
    Listed(Snapshot),
    /// What a query reads: by patterns that `DuckDB` finds files by.
    Queried(Vec<String>, Marks),
}
