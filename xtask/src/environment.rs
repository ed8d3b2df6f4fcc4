//! What the environment says about DuckDB and about flags.

use std::env;
use std::path::Path;

use crate::Result;
use crate::library::{Library, Linking};
use crate::platform::Platform;

/// What `DUCKDB_LIB_DIR` and `DUCKDB_STATIC` say, as `libduckdb-sys` reads them.
pub(crate) fn named() -> Option<Library> {
    let directory = env::var_os("DUCKDB_LIB_DIR").filter(|value| !value.is_empty())?;
    let linking = match env::var("DUCKDB_STATIC") {
        Ok(value) if value != "0" => Linking::Static,
        _ => Linking::Shared,
    };
    let directory = std::path::absolute(directory).ok()?;
    Some(Library { directory, linking })
}

/// cargo takes flags either from these variables or from its configuration, never from both.
///
/// # Errors
///
/// When one is set, on a platform where programs find DuckDB by a flag.
pub(crate) fn refuse_flags(platform: Platform, local: &Path) -> Result<()> {
    let is_set = |name: &&str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let names = ["CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS"];
    match names.into_iter().find(is_set) {
        Some(name) if platform.has_rpath() => Err(format!(
            "{name} is set, and cargo then ignores the linker flags in {}; unset it, or move its \
             flags to `[target.'cfg(all())'] rustflags` in your own cargo configuration, where \
             cargo adds them",
            local.display()
        )),
        _ => Ok(()),
    }
}
