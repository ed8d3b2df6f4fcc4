//! DuckDB's versions: which one is wanted, and which of npm's come close.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::Result;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

impl Version {
    /// The C API stays the same within a minor version.
    pub(crate) fn same_api(self, other: Self) -> bool {
        (self.major, self.minor) == (other.major, other.minor)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for Version {
    type Err = ();

    /// Reads `1.5.6`, also as the library says it: `v1.5.6`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim();
        let mut parts = text.strip_prefix('v').unwrap_or(text).split('.');
        let mut next = || -> Result<u32, ()> {
            let part = parts.next().ok_or(())?;
            if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(());
            }
            part.parse().map_err(|_| ())
        };
        let version = Self {
            major: next()?,
            minor: next()?,
            patch: next()?,
        };
        parts.next().map_or(Ok(version), |_| Err(()))
    }
}

/// The DuckDB version that the locked `libduckdb-sys` declares.
///
/// # Errors
///
/// When the lock file is missing or names no `libduckdb-sys`.
pub(crate) fn wanted(checkout: &Path) -> Result<Version> {
    let file = checkout.join("Cargo.lock");
    let text = std::fs::read_to_string(&file)
        .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    from_lock(&text).ok_or_else(|| {
        format!(
            "{} names no version of `libduckdb-sys` that says which DuckDB it is for; \
             restore it with `git checkout Cargo.lock`",
            file.display()
        )
    })
}

/// `libduckdb-sys` 1.10506.1 is for DuckDB 1.5.6.
fn from_lock(lock: &str) -> Option<Version> {
    let (_, rest) = lock.split_once("name = \"libduckdb-sys\"")?;
    let version = rest.trim_start().strip_prefix("version = \"")?;
    let encoded: u32 = version.split('.').nth(1)?.parse().ok()?;
    Some(Version {
        major: encoded / 10_000,
        minor: encoded / 100 % 100,
        patch: encoded % 100,
    })
}

/// A version of an npm package: DuckDB's own and the package's revision, as in `1.5.6-r.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Release {
    pub(crate) duckdb: Version,
    revision: u32,
}

impl fmt::Display for Release {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-r.{}", self.duckdb, self.revision)
    }
}

impl FromStr for Release {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (version, revision) = text.split_once("-r.").ok_or(())?;
        Ok(Self {
            duckdb: version.parse()?,
            revision: revision.parse().map_err(|_| ())?,
        })
    }
}

/// The release to fetch, from `npm view PACKAGE versions --json`: the wanted version, else the
/// newest with the same C API. npm prints a list, or one string where there is one version.
pub(crate) fn choose(npm_json: &str, wanted: Version) -> Option<Release> {
    let releases = || {
        let quoted = npm_json.split('"').skip(1).step_by(2);
        quoted.filter_map(|text| text.parse::<Release>().ok())
    };
    let exact = releases().filter(|release| release.duckdb == wanted).max();
    exact.or_else(|| {
        releases()
            .filter(|release| release.duckdb.same_api(wanted))
            .max()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn versions_read_with_and_without_v() {
        assert_eq!(version("v1.5.6\n"), version("1.5.6"));
        for wrong in [
            "",
            "1.5",
            "1.5.6.7",
            "1.5.x",
            "1.5.6-r.1",
            "v",
            "1.5.+6",
            "1.5.99999999999",
        ] {
            assert_eq!(wrong.parse::<Version>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn the_lock_file_says_which_duckdb() {
        let lock = "[[package]]\nname = \"libduckdb-sys\"\nversion = \"1.10506.1\"\n";
        assert_eq!(from_lock(lock), Some(version("1.5.6")));
        assert_eq!(
            from_lock("[[package]]\nname = \"libc\"\nversion = \"1.0.0\"\n"),
            None
        );
    }

    #[test]
    fn the_exact_version_in_its_highest_revision_wins() {
        let list = r#"["1.4.5-r.9","1.5.6-r.2","1.5.6-r.10","1.5.7-r.1","1.6.0-r.1"]"#;
        assert_eq!(
            choose(list, version("1.5.6")).unwrap().to_string(),
            "1.5.6-r.10"
        );
    }

    #[test]
    fn else_the_newest_with_the_same_api() {
        let list = r#"["1.5.4-r.1", "1.5.5-r.5", "1.5.5-r.4", "1.6.0-r.1", "1.5.9-alpha.3"]"#;
        assert_eq!(
            choose(list, version("1.5.6")).unwrap().to_string(),
            "1.5.5-r.5"
        );
        assert_eq!(
            choose(r#""1.5.5-r.5""#, version("1.5.6"))
                .unwrap()
                .to_string(),
            "1.5.5-r.5"
        );
    }

    #[test]
    fn another_minor_version_never() {
        for list in [r#"["1.4.5-r.1","1.6.0-r.1","2.5.6-r.1"]"#, "[]", "", "\""] {
            assert_eq!(choose(list, version("1.5.6")), None, "{list}");
        }
    }
}
