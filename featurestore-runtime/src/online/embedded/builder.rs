//! How redb is set up, whatever opens the file.

use redb::{Builder, ConcurrencyMode, Database};

/// The most memory for pages of the file.
const CACHE: usize = 256 * 1024 * 1024;

pub(super) fn builder() -> Builder {
    let mut builder = Database::builder();
    builder
        .set_concurrency_mode(ConcurrencyMode::SingleWriter)
        .set_cache_size(CACHE);
    builder
}
