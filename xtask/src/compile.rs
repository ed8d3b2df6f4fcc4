//! DuckDB compiled from source, for where there is nothing prebuilt.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::cache::Cache;
use crate::library::{Library, Linking};
use crate::platform::{Platform, System};
use crate::process;
use crate::version::Version;

/// Compiles the sources that `libduckdb-sys` carries and keeps the static library in the cache.
///
/// # Errors
///
/// When it does not compile; the compiler's own words are on the terminal then.
pub(crate) fn compile(
    checkout: &Path,
    cache: &Cache,
    platform: Platform,
    version: Version,
) -> Result<Library> {
    let work = cache.begin_compile(version)?;
    eprintln!(
        "setup: compiling DuckDB {version} from source, once for all checkouts: about twenty minutes \
         on two cores; it needs a C++ compiler, 1 GB of disk and 2 GB of memory per core"
    );
    let mut command = process::cargo(checkout);
    command
        .args([
            "build",
            "--release",
            "--package",
            "duckdb-probe",
            "--features",
            "bundled",
        ])
        .arg("--target-dir")
        .arg(&work);
    if !process::status(&mut command)?.success() {
        return Err(format!(
            "DuckDB did not compile (above): {}; the way without compiling is npm, or \
             DUCKDB_LIB_DIR=<directory of {}> of DuckDB {version}",
            process::line(&command),
            platform.shared_library()
        ));
    }
    let made = find(&work.join("release").join("build"), platform)?;
    let entry = work.join("entry");
    fs::create_dir_all(&entry)
        .and_then(|()| fs::rename(&made, entry.join(platform.static_library())))
        .map_err(|error| format!("cannot keep {}: {error}", made.display()))?;
    cache.keep(version, Linking::Static, &work)
}

/// The library among the outputs of the build scripts.
fn find(scripts: &Path, platform: Platform) -> Result<PathBuf> {
    let name = match platform.system {
        System::Windows => "duckdb.lib",
        _ => "libduckdb.a",
    };
    let folders = fs::read_dir(scripts)
        .map_err(|error| format!("cannot read {}: {error}", scripts.display()))?;
    folders
        .flatten()
        .filter(|folder| {
            folder
                .file_name()
                .to_string_lossy()
                .starts_with("libduckdb-sys-")
        })
        .map(|folder| folder.path().join("out").join(name))
        .find(|file| file.is_file())
        .ok_or_else(|| {
            format!(
                "DuckDB compiled, but no {name} is below {}",
                scripts.display()
            )
        })
}
