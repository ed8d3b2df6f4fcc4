//! Where libraries are kept, outside the checkout, so that a second clone has them at once.
//!
//! `duckdb/<version>/<platform>/` holds a library and a file `verified` once the library has said
//! its version. Every setup holds one lock while it works here; an entry appears by a rename, so
//! an interrupted run leaves nothing that could be taken for one.

use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::Result;
use crate::library::{Library, Linking, Stamp};
use crate::platform::{Platform, System};
use crate::version::Version;

pub(crate) struct Cache {
    root: PathBuf,
    platform: Platform,
    _lock: File,
}

impl Cache {
    /// Opens the cache and waits for any other setup that works in it.
    pub(crate) fn open(platform: Platform) -> Result<Self> {
        let root = folder(platform)?.join("duckdb");
        let failed = |error: std::io::Error| {
            format!(
                "cannot use the cache {}: {error}; \
                 name a directory that can be written in FEATURESTORE_CACHE",
                root.display()
            )
        };
        fs::create_dir_all(&root).map_err(failed)?;
        let lock = File::create(root.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                eprintln!(
                    "setup: waiting for another setup that works in {}",
                    root.display()
                );
                lock.lock().map_err(failed)?;
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        Ok(Self {
            root,
            platform,
            _lock: lock,
        })
    }

    fn entry(&self, version: Version, linking: Linking) -> PathBuf {
        let suffix = match linking {
            Linking::Shared => "",
            Linking::Static => "-compiled",
        };
        let name = format!("{}{suffix}", self.platform.name());
        self.root.join(version.to_string()).join(name)
    }

    /// The library of a version, if it is here.
    pub(crate) fn get(&self, version: Version, linking: Linking) -> Option<Library> {
        let library = Library {
            directory: self.entry(version, linking),
            linking,
        };
        library.file(self.platform).is_file().then_some(library)
    }

    /// The newest fetched library with the same C API, whatever its patch version.
    pub(crate) fn near(&self, wanted: Version) -> Option<Library> {
        let names = fs::read_dir(&self.root).ok()?.flatten();
        let versions = names.filter_map(|name| name.file_name().to_str()?.parse::<Version>().ok());
        let mut near: Vec<Version> = versions
            .filter(|version| version.same_api(wanted) && *version != wanted)
            .collect();
        near.sort_unstable();
        near.into_iter()
            .rev()
            .find_map(|version| self.get(version, Linking::Shared))
    }

    /// An empty directory to fetch into. npm may outlive a setup that was killed, so each fetch has
    /// its own; what others left goes.
    pub(crate) fn begin_fetch(&self, version: Version) -> Result<PathBuf> {
        let entry = self.entry(version, Linking::Shared);
        let partial = format!("{}.partial", self.platform.name());
        let siblings = entry.parent().and_then(|parent| fs::read_dir(parent).ok());
        for sibling in siblings.into_iter().flatten().flatten() {
            if sibling.file_name().to_string_lossy().starts_with(&partial) {
                // If it stays, it only takes room.
                let _ = fs::remove_dir_all(sibling.path());
            }
        }
        make(entry.with_file_name(format!("{partial}.{}", std::process::id())))
    }

    /// A directory to compile in. What an interrupted run left there is of use to cargo.
    pub(crate) fn begin_compile(&self, version: Version) -> Result<PathBuf> {
        make(
            self.entry(version, Linking::Static)
                .with_extension("partial"),
        )
    }

    /// Makes `work/entry` the entry of a version, and removes `work`.
    pub(crate) fn keep(&self, version: Version, linking: Linking, work: &Path) -> Result<Library> {
        let entry = self.entry(version, linking);
        let swap = || -> std::io::Result<()> {
            if entry.exists() {
                fs::remove_dir_all(&entry)?;
            }
            fs::rename(work.join("entry"), &entry)?;
            fs::remove_dir_all(work)
        };
        swap().map_err(|error| format!("cannot write {}: {error}", entry.display()))?;
        Ok(Library {
            directory: entry,
            linking,
        })
    }

    pub(crate) fn holds(&self, library: &Library) -> bool {
        library.directory.starts_with(&self.root)
    }

    pub(crate) fn forget(&self, library: &Library) -> Result<()> {
        fs::remove_dir_all(&library.directory)
            .map_err(|error| format!("cannot remove {}: {error}", library.directory.display()))
    }

    /// What the library said when it was asked, if it is still the same file.
    pub(crate) fn verified(&self, library: &Library) -> Option<Stamp> {
        let text = fs::read_to_string(library.directory.join("verified")).ok()?;
        let stamp: Stamp = text.parse().ok()?;
        stamp
            .still_fits(&library.file(self.platform))
            .then_some(stamp)
    }

    pub(crate) fn set_verified(&self, library: &Library, stamp: Stamp) -> Result<()> {
        let file = library.directory.join("verified");
        fs::write(&file, format!("{stamp}\n"))
            .map_err(|error| format!("cannot write {}: {error}", file.display()))
    }
}

fn make(directory: PathBuf) -> Result<PathBuf> {
    fs::create_dir_all(&directory)
        .map_err(|error| format!("cannot write {}: {error}", directory.display()))?;
    Ok(directory)
}

/// `FEATURESTORE_CACHE`, else the platform's folder for caches.
fn folder(platform: Platform) -> Result<PathBuf> {
    let variable = |name: &str| {
        let value = env::var_os(name).filter(|value| !value.is_empty());
        value.map(PathBuf::from)
    };
    let folder = variable("FEATURESTORE_CACHE").or_else(|| {
        let caches = match platform.system {
            System::Windows => variable("LOCALAPPDATA"),
            System::Mac => variable("HOME").map(|home| home.join("Library").join("Caches")),
            System::Linux | System::Other => variable("XDG_CACHE_HOME")
                .filter(|folder| folder.is_absolute())
                .or_else(|| variable("HOME").map(|home| home.join(".cache"))),
        };
        caches.map(|caches| caches.join("featurestore"))
    });
    let folder = folder.ok_or("no home directory to keep DuckDB in; set FEATURESTORE_CACHE")?;
    std::path::absolute(&folder)
        .map_err(|error| format!("cannot use the cache {}: {error}", folder.display()))
}
