//! `cargo xtask setup`: which DuckDB this checkout links, from the quickest source to the slowest.

use std::path::Path;
use std::process::ExitCode;

use crate::Result;
use crate::cache::Cache;
use crate::compile;
use crate::environment;
use crate::library::{self, Library, Linking, Stamp};
use crate::local::{LocalToml, State};
use crate::npm::Prebuilt;
use crate::platform::Platform;
use crate::version::{self, Version};

pub(crate) fn task(checkout: &Path, arguments: &[String]) -> Result<ExitCode> {
    let compile = match arguments {
        [] => false,
        [flag] if flag == "--compile" => true,
        [other, ..] => return Ok(crate::unknown_argument("setup", other)),
    };
    Setup::of(checkout)?.run(compile)?;
    Ok(ExitCode::SUCCESS)
}

/// Sets up what is not set up yet.
pub(crate) fn ensure(checkout: &Path) -> Result<()> {
    Setup::of(checkout)?.run(false)
}

/// Which versions of a library will do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Accept {
    Exact,
    SameApi,
}

struct Setup<'a> {
    checkout: &'a Path,
    platform: Platform,
    wanted: Version,
    local: LocalToml,
}

impl<'a> Setup<'a> {
    fn of(checkout: &'a Path) -> Result<Self> {
        let platform = Platform::here();
        let local = LocalToml::of(checkout, platform);
        Ok(Self {
            checkout,
            platform,
            wanted: version::wanted(checkout)?,
            local,
        })
    }

    fn run(&self, compile: bool) -> Result<()> {
        environment::refuse_flags(self.platform, self.local.path())?;
        if self.is_done(compile)? {
            return Ok(());
        }
        let cache = Cache::open(self.platform)?;
        // Another setup of this checkout may have come to its end while this one waited.
        if self.is_done(compile)? {
            return Ok(());
        }
        if !compile {
            if self.use_present(&cache)? {
                return Ok(());
            }
            match self.use_prebuilt(&cache) {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(reason) => eprintln!("setup: nothing prebuilt: {reason}"),
            }
        }
        let compiled = match cache.get(self.wanted, Linking::Static) {
            Some(library) => library,
            None => compile::compile(self.checkout, &cache, self.platform, self.wanted)?,
        };
        if self.settle(&cache, &compiled, Accept::Exact)? {
            return Ok(());
        }
        Err("no DuckDB library works here; the reasons are above".to_owned())
    }

    /// Whether what is there works, judged without building anything where it is ours.
    fn is_done(&self, compiled: bool) -> Result<bool> {
        match self.local.state()? {
            State::Verified(library, stamp)
                if stamp.version.same_api(self.wanted)
                    && (!compiled || library.linking == Linking::Static) =>
            {
                self.finish(&library, stamp)?;
                Ok(true)
            }
            State::Foreign => {
                library::compile_question(self.checkout)?;
                let file = self.local.path().display();
                let version = library::ask(self.checkout)
                    .and_then(|version| self.check(version, Accept::SameApi))
                    .map_err(|reason| {
                        format!(
                            "{file}, changed by hand, does not work: {reason}; repair or delete it"
                        )
                    })?;
                eprintln!("setup: {file}, changed by hand, works with DuckDB {version}");
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// A library that is on this machine already.
    fn use_present(&self, cache: &Cache) -> Result<bool> {
        let stale = match self.local.state()? {
            State::Stale(library, reason) => {
                eprintln!("setup: starting over: {reason}");
                Some(library)
            }
            _ => None,
        };
        // cargo hands us the directory of a stale `local.toml` as if it came from outside.
        let named = environment::named().filter(|named| Some(named) != stale.as_ref());
        if let Some(library) = named {
            let file = library.file(self.platform);
            if !file.is_file() {
                eprintln!(
                    "setup: DUCKDB_LIB_DIR is passed over: there is no {}",
                    file.display()
                );
            } else if self.settle(cache, &library, Accept::SameApi)? {
                return Ok(true);
            }
        }
        for linking in [Linking::Shared, Linking::Static] {
            if let Some(library) = cache.get(self.wanted, linking)
                && self.settle(cache, &library, Accept::Exact)?
            {
                return Ok(true);
            }
        }
        for directory in library::in_system(self.platform) {
            if self.settle(cache, &Library::shared(directory), Accept::Exact)? {
                return Ok(true);
            }
        }
        match cache.near(self.wanted) {
            Some(library) => self.settle(cache, &library, Accept::SameApi),
            None => Ok(false),
        }
    }

    fn use_prebuilt(&self, cache: &Cache) -> Result<bool> {
        let prebuilt = Prebuilt::find(self.platform, self.wanted)?;
        let library = prebuilt.fetch(cache, self.platform)?;
        self.settle(cache, &library, Accept::SameApi)
    }

    /// Links the library in this checkout if it says the right version.
    fn settle(&self, cache: &Cache, library: &Library, accept: Accept) -> Result<bool> {
        let file = library.file(self.platform);
        let known = cache.verified(library).filter(|_| cache.holds(library));
        if let Some(stamp) = known.filter(|stamp| stamp.version.same_api(self.wanted)) {
            self.local.write(library, Some(stamp))?;
            self.finish(library, stamp)?;
            return Ok(true);
        }
        let seen = library::glance(&file).and_then(|version| self.check(version, accept));
        if let Err(reason) = seen {
            return self.pass_over(cache, library, &reason);
        }
        self.local.write(library, None)?;
        eprintln!(
            "setup: asking {} for its version, with a small program",
            file.display()
        );
        library::compile_question(self.checkout)?;
        match library::ask(self.checkout).and_then(|version| self.check(version, accept)) {
            Ok(version) => {
                let stamp = Stamp::new(version, &file)?;
                self.local.write(library, Some(stamp))?;
                if cache.holds(library) {
                    cache.set_verified(library, stamp)?;
                }
                self.finish(library, stamp)?;
                Ok(true)
            }
            Err(reason) => {
                self.local.remove()?;
                self.pass_over(cache, library, &reason)
            }
        }
    }

    fn check(&self, version: Version, accept: Accept) -> Result<Version> {
        let fits =
            version == self.wanted || (accept == Accept::SameApi && version.same_api(self.wanted));
        if fits {
            Ok(version)
        } else {
            Err(format!(
                "it is DuckDB {version}, and {} is needed",
                self.wanted
            ))
        }
    }

    fn pass_over(&self, cache: &Cache, library: &Library, reason: &str) -> Result<bool> {
        let file = library.file(self.platform);
        eprintln!("setup: {} is passed over: {reason}", file.display());
        if cache.holds(library) {
            cache.forget(library)?;
        }
        Ok(false)
    }

    fn finish(&self, library: &Library, stamp: Stamp) -> Result<()> {
        #[cfg(windows)]
        crate::windows::place(&library.file(self.platform))?;
        let near = if stamp.version == self.wanted {
            String::new()
        } else {
            format!(" (not {}, but the C API is the same)", self.wanted)
        };
        eprintln!(
            "setup: DuckDB {}{near} in {}",
            stamp.version,
            library.directory.display()
        );
        Ok(())
    }
}
