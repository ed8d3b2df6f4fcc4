//! How much is compared at once.

/// How many entities are read at once.
pub(super) const CHUNK: usize = 1_000;
