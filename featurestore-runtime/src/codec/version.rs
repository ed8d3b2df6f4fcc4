//! The version of the format.

/// The format's version, in three bits of a row's first byte above the schema id's highest four.
pub(super) const VERSION: u8 = 1;
