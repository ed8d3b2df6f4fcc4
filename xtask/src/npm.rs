//! The prebuilt library, through npm's own client, which checks the integrity of what it fetches.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::cache::Cache;
use crate::library::{Library, Linking};
use crate::platform::Platform;
use crate::process;
use crate::version::{Release, Version, choose};

/// What there is to fetch for this platform.
pub(crate) struct Prebuilt {
    npm: PathBuf,
    package: String,
    pub(crate) release: Release,
}

impl Prebuilt {
    /// Asks npm.
    ///
    /// # Errors
    ///
    /// When there is no npm, no package for the platform, no answer, or no version that fits.
    pub(crate) fn find(platform: Platform, wanted: Version) -> Result<Self> {
        let package = platform
            .npm_package()
            .ok_or_else(|| format!("there is no prebuilt DuckDB for {}", platform.name()))?;
        let npm = process::which("npm").ok_or(
            "npm is not installed; with it (it comes with Node.js) the prebuilt library is here \
             in a minute: install it and run setup again",
        )?;
        let mut command = Command::new(&npm);
        command.args(["view", &package, "versions", "--json", "--loglevel=error"]);
        let versions = process::output(&mut command)?;
        let release = choose(&versions, wanted)
            .ok_or_else(|| format!("npm has no {package} for DuckDB {wanted}"))?;
        Ok(Self {
            npm,
            package,
            release,
        })
    }

    /// Fetches the library into the cache.
    pub(crate) fn fetch(&self, cache: &Cache, platform: Platform) -> Result<Library> {
        let Self {
            npm,
            package,
            release,
        } = self;
        eprintln!("setup: fetching {package} {release} with npm");
        let partial = cache.begin_fetch(release.duckdb)?;
        let mut command = Command::new(npm);
        command
            .current_dir(&partial)
            .args([
                "install",
                "--ignore-scripts",
                "--no-save",
                "--no-package-lock",
            ])
            .args(["--no-audit", "--no-fund", "--loglevel=error", "--prefix"])
            .arg(&partial)
            .arg(format!("{package}@{release}"));
        process::output(&mut command)
            .map_err(|_| format!("npm did not fetch {package} {release} (above)"))?;
        let mut unpacked = partial.join("node_modules");
        unpacked.extend(package.split('/'));
        let entry = partial.join("entry");
        pick(&unpacked, &entry, platform)?;
        complete(&entry, platform)?;
        cache.keep(release.duckdb, Linking::Shared, &partial)
    }
}

/// Moves the library and its licence out of the unpacked package.
fn pick(unpacked: &Path, entry: &Path, platform: Platform) -> Result<()> {
    let library = platform.shared_library();
    let take = || -> std::io::Result<()> {
        fs::create_dir(entry)?;
        fs::rename(unpacked.join(library), entry.join(library))?;
        if unpacked.join("LICENSE").exists() {
            fs::rename(unpacked.join("LICENSE"), entry.join("LICENSE"))?;
        }
        Ok(())
    };
    take().map_err(|error| format!("no {library} in {}: {error}", unpacked.display()))
}

#[cfg(windows)]
fn complete(entry: &Path, platform: Platform) -> Result<()> {
    crate::windows::write_import_library(&entry.join(platform.shared_library()))
}

#[cfg(not(windows))]
#[expect(clippy::unnecessary_wraps, reason = "Windows has something to do here")]
fn complete(_: &Path, _: Platform) -> Result<()> {
    Ok(())
}
