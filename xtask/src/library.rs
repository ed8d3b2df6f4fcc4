//! DuckDB libraries that are on this machine already, and what can be told of a file.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::time::UNIX_EPOCH;

use crate::Result;
use crate::platform::{Platform, System};
use crate::process;
use crate::version::Version;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Linking {
    Shared,
    Static,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Library {
    pub(crate) directory: PathBuf,
    pub(crate) linking: Linking,
}

impl Library {
    pub(crate) fn shared(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            linking: Linking::Shared,
        }
    }

    pub(crate) fn file(&self, platform: Platform) -> PathBuf {
        self.directory.join(match self.linking {
            Linking::Shared => platform.shared_library(),
            Linking::Static => platform.static_library(),
        })
    }
}

/// The version that a library gave, and how its file looked then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) version: Version,
    bytes: u64,
    /// Nanoseconds since 1970.
    changed: u128,
}

impl Stamp {
    pub(crate) fn new(version: Version, file: &Path) -> Result<Self> {
        let (bytes, changed) = look(file)
            .ok_or_else(|| format!("cannot read the size and date of {}", file.display()))?;
        Ok(Self {
            version,
            bytes,
            changed,
        })
    }

    pub(crate) fn still_fits(self, file: &Path) -> bool {
        look(file) == Some((self.bytes, self.changed))
    }
}

fn look(file: &Path) -> Option<(u64, u128)> {
    let metadata = fs::metadata(file).ok()?;
    let changed = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some((metadata.len(), changed.as_nanos()))
}

impl fmt::Display for Stamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            version,
            bytes,
            changed,
        } = self;
        write!(formatter, "v{version}, {bytes} bytes, changed {changed}")
    }
}

impl FromStr for Stamp {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (version, rest) = text.trim_end().split_once(", ").ok_or(())?;
        let (bytes, changed) = rest.split_once(" bytes, changed ").ok_or(())?;
        Ok(Self {
            version: version.parse()?,
            bytes: bytes.parse().map_err(|_| ())?,
            changed: changed.parse().map_err(|_| ())?,
        })
    }
}

/// The version in a library file, without loading it: DuckDB carries the names of all versions up
/// to its own, each ended by a zero byte. Good enough to pass over a wrong library before a
/// minute of compiling; what counts is what the library says of itself.
///
/// # Errors
///
/// When the file cannot be read or holds no version.
pub(crate) fn glance(file: &Path) -> Result<Version> {
    let content =
        fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    highest_version(&content)
        .ok_or_else(|| format!("{} does not look like a DuckDB library", file.display()))
}

fn highest_version(content: &[u8]) -> Option<Version> {
    let mut highest = None;
    for (index, pair) in content.windows(2).enumerate() {
        if pair != b"v1" {
            continue;
        }
        let text = &content[index..content.len().min(index + 16)];
        let end = text.iter().position(|byte| *byte == 0);
        let name = end.and_then(|end| std::str::from_utf8(&text[..end]).ok());
        highest = highest.max(name.and_then(|name| name.parse::<Version>().ok()));
    }
    highest
}

/// The directories of the system that hold a DuckDB library to link, most telling first.
pub(crate) fn in_system(platform: Platform) -> Vec<PathBuf> {
    let mut directories = Vec::new();
    directories.extend(answer("pkg-config", &["--variable=libdir", "duckdb"]).map(PathBuf::from));
    if platform.system == System::Linux {
        let known = answer("ldconfig", &["-p"])
            .or_else(|| answer("/sbin/ldconfig", &["-p"]))
            .unwrap_or_default();
        directories.extend(in_linker_cache(&known, platform.shared_library()));
    }
    let usual: &[&str] = match platform.system {
        System::Mac => &["/opt/homebrew/lib", "/usr/local/lib", "/opt/local/lib"],
        System::Windows => &[],
        System::Linux | System::Other => &["/usr/local/lib", "/usr/lib64", "/usr/lib"],
    };
    directories.extend(usual.iter().map(PathBuf::from));
    let mut seen = Vec::new();
    for directory in directories {
        if directory.join(platform.shared_library()).is_file() && !seen.contains(&directory) {
            seen.push(directory);
        }
    }
    seen
}

/// From lines like `libduckdb.so (libc6,x86-64) => /usr/local/lib/libduckdb.so`.
fn in_linker_cache(listing: &str, library: &str) -> Vec<PathBuf> {
    let paths = listing.lines().filter_map(|line| line.split_once(" => "));
    paths
        .map(|(_, path)| Path::new(path.trim()))
        .filter(|path| path.file_name().is_some_and(|name| name == library))
        .filter_map(|path| path.parent().map(Path::to_path_buf))
        .collect()
}

fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stderr(Stdio::null())
        .stdin(Stdio::null());
    let output = command
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Compiles what asks a library, without linking one: when this fails, no library is to blame.
///
/// # Errors
///
/// When it does not compile; cargo's own words are on the terminal then.
pub(crate) fn compile_question(checkout: &Path) -> Result<()> {
    let mut command = process::cargo(checkout);
    command.args(["build", "--package", "duckdb-probe", "--lib"]);
    if process::status(&mut command)?.success() {
        return Ok(());
    }
    Err(format!(
        "{} failed (above); no DuckDB library is to blame",
        process::line(&command)
    ))
}

/// What the library says its version is, linked as `local.toml` has it now.
///
/// # Errors
///
/// When the library cannot be linked, loaded or opened; the linker's or the library's own words
/// are on the terminal then.
pub(crate) fn ask(checkout: &Path) -> Result<Version> {
    let mut command = process::cargo(checkout);
    command.args(["run", "--quiet", "--package", "duckdb-probe"]);
    let said = process::output(&mut command)?;
    said.parse()
        .map_err(|()| format!("it says that its version is `{}`", said.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_whole_version_in_a_file_counts() {
        let content = b"..v1.4.4\0..v1.5.6\0v1.5.5\0v1.9.9-dev\0v1.8\0v1.7.1 and on\0v1.9.1";
        assert_eq!(highest_version(content), "1.5.6".parse().ok());
        assert_eq!(highest_version(b"v1.0.0"), None);
        assert_eq!(highest_version(b""), None);
    }

    #[test]
    fn a_stamp_reads_back() {
        let text = "v1.5.6, 70546800 bytes, changed 1763800000123456789";
        assert_eq!(text.parse::<Stamp>().unwrap().to_string(), text);
        assert_eq!("v1.5.6, many bytes, changed 1".parse::<Stamp>(), Err(()));
    }

    #[test]
    fn the_linker_cache_names_directories() {
        let listing = "\tlibz.so (libc6,x86-64) => /lib/libz.so\n\
                       \tlibduckdb.so (libc6,x86-64) => /usr/local/lib/libduckdb.so\n\
                       \tlibduckdb.so.1 (libc6,x86-64) => /opt/libduckdb.so.1\n";
        assert_eq!(
            in_linker_cache(listing, "libduckdb.so"),
            [Path::new("/usr/local/lib")]
        );
    }
}
