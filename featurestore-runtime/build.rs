//! Says in one sentence that `DuckDB`'s library is missing, before a linker says it in hundreds.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const LOOKED_AT: [&str; 5] = [
    "DUCKDB_LIB_DIR",
    "DUCKDB_DOWNLOAD_LIB",
    "PKG_CONFIG_PATH",
    "LIBRARY_PATH",
    "LIB",
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for name in LOOKED_AT {
        println!("cargo::rerun-if-env-changed={name}");
    }
    let linked = is_set("CARGO_FEATURE_DUCKDB") && !is_set("CARGO_FEATURE_BUNDLED");
    // Another platform's libraries are where only its toolchain knows, and documentation links none.
    let here = env::var("HOST") == env::var("TARGET") && !is_set("DOCS_RS");
    if !linked || !here {
        return;
    }
    let ways_out = "run `cargo xtask setup` in featurestore's checkout, set DUCKDB_LIB_DIR to the \
                    directory of libduckdb, or build with the feature `bundled`";
    match env::var_os("DUCKDB_LIB_DIR").map(PathBuf::from) {
        Some(directory) if has_library(&directory) => offer_to_runs(&directory),
        Some(directory) => println!(
            "cargo::error=DUCKDB_LIB_DIR is {}, and DuckDB's library is not there; {ways_out}",
            directory.display()
        ),
        None if downloads()
            || pkg_config()
            || usual_directories()
                .iter()
                .any(|directory| has_library(directory)) => {}
        None => println!("cargo::error=DuckDB's library is not set up; {ways_out}"),
    }
}

/// Makes what cargo itself runs find a shared library: cargo adds directories to the loader's only where they
/// are build scripts' own. Link arguments, as `cargo xtask setup` has them, don't reach the tests of examples
/// in documentation.
fn offer_to_runs(directory: &Path) {
    #[cfg(unix)]
    if let Some(own) = env::var_os("OUT_DIR").map(PathBuf::from) {
        for name in ["libduckdb.so", "libduckdb.dylib"] {
            let (library, link) = (directory.join(name), own.join(name));
            let _ = std::fs::remove_file(&link);
            if library.is_file() && std::os::unix::fs::symlink(&library, &link).is_ok() {
                println!("cargo::rustc-link-search=native={}", own.display());
            }
        }
    }
    let _ = directory;
}

fn is_set(name: &str) -> bool {
    env::var_os(name).is_some()
}

/// libduckdb-sys fetches the library by itself.
fn downloads() -> bool {
    env::var("DUCKDB_DOWNLOAD_LIB")
        .is_ok_and(|value| matches!(value.to_ascii_lowercase().as_str(), "1" | "true"))
}

fn pkg_config() -> bool {
    let mut command = Command::new("pkg-config");
    let command = command
        .args(["--exists", "duckdb"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Where linkers look without being told.
fn usual_directories() -> Vec<PathBuf> {
    let arch = env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    let mut directories: Vec<PathBuf> = [
        "/lib",
        "/lib64",
        "/usr/lib",
        "/usr/lib64",
        "/usr/local/lib",
        "/usr/local/lib64",
        "/opt/homebrew/lib",
    ]
    .iter()
    .map(PathBuf::from)
    .chain([
        PathBuf::from(format!("/lib/{arch}-linux-gnu")),
        PathBuf::from(format!("/usr/lib/{arch}-linux-gnu")),
    ])
    .collect();
    for name in ["LIBRARY_PATH", "LIB"] {
        let paths = env::var_os(name);
        directories.extend(paths.iter().flat_map(env::split_paths));
    }
    directories
}

fn has_library(directory: &Path) -> bool {
    [
        "libduckdb.so",
        "libduckdb.dylib",
        "libduckdb.a",
        "libduckdb_static.a",
        "duckdb.lib",
        "duckdb_static.lib",
        "libduckdb.dll.a",
    ]
    .iter()
    .any(|name| directory.join(name).is_file())
}
