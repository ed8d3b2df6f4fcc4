//! `.cargo/local.toml`: how plain cargo links DuckDB in this checkout.
//!
//! Its comments carry a stamp of the library, so that what was verified once is not asked again
//! as long as the library is the same, and is asked again when it is not.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::library::{Library, Linking, Stamp};
use crate::platform::Platform;

const HEAD: &str = "\
# Written by `cargo xtask setup`: where DuckDB is on this machine. Delete this file to have it
# found anew. The values win over the environment, because the flags below belong to them.
";

/// What the file is found to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum State {
    Missing,
    /// Its library is the one that was verified.
    Verified(Library, Stamp),
    /// Ours, but not verified to the end, or its library is gone or changed: the reason.
    Stale(Library, String),
    /// Somebody wrote or changed it by hand.
    Foreign,
}

pub(crate) struct LocalToml {
    file: PathBuf,
    platform: Platform,
}

impl LocalToml {
    pub(crate) fn of(checkout: &Path, platform: Platform) -> Self {
        Self {
            file: checkout.join(".cargo").join("local.toml"),
            platform,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.file
    }

    pub(crate) fn state(&self) -> Result<State> {
        let text = match fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(State::Missing),
            Err(error) => {
                return Err(format!("cannot read {}: {error}", self.file.display()));
            }
        };
        let Some((library, stamp)) = parse(&text, self.platform) else {
            return Ok(State::Foreign);
        };
        let file = library.file(self.platform);
        let reason = match stamp {
            Some(stamp) if stamp.still_fits(&file) => return Ok(State::Verified(library, stamp)),
            Some(_) if file.is_file() => format!("{} has changed", file.display()),
            Some(_) => format!("{} is gone", file.display()),
            None => format!("{} was not verified to the end", file.display()),
        };
        Ok(State::Stale(library, reason))
    }

    /// Writes the file whole, so that a cargo that starts meanwhile reads the old or the new one.
    pub(crate) fn write(&self, library: &Library, stamp: Option<Stamp>) -> Result<()> {
        let text = render(library, stamp, self.platform)?;
        let new = self
            .file
            .with_extension(format!("toml.{}", std::process::id()));
        fs::write(&new, text)
            .and_then(|()| fs::rename(&new, &self.file))
            .map_err(|error| format!("cannot write {}: {error}", self.file.display()))
    }

    pub(crate) fn remove(&self) -> Result<()> {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(format!("cannot remove {}: {error}", self.file.display()))
            }
            _ => Ok(()),
        }
    }
}

fn render(library: &Library, stamp: Option<Stamp>, platform: Platform) -> Result<String> {
    let directory = library
        .directory
        .to_str()
        .filter(|directory| !directory.contains(char::is_control))
        .ok_or_else(|| {
            format!(
                "{} has characters in its name that a cargo configuration cannot hold; \
                 name another directory in FEATURESTORE_CACHE",
                library.directory.display()
            )
        })?;
    let (word, value) = match library.linking {
        Linking::Shared => ("shared", "0"),
        Linking::Static => ("static", "1"),
    };
    let mut text = format!("{HEAD}# {word} library in {directory}\n");
    if let Some(stamp) = stamp {
        text.push_str(&format!("# verified {stamp}\n"));
    }
    text.push_str(&format!(
        "\n[env]\nDUCKDB_LIB_DIR = {{ value = {}, force = true }}\n\
         DUCKDB_STATIC = {{ value = \"{value}\", force = true }}\n",
        quoted(directory)
    ));
    let flags = linker_flags(library.linking, directory, platform);
    if !flags.is_empty() {
        let flags: Vec<String> = flags
            .iter()
            .map(|flag| quoted(&format!("-Clink-arg={flag}")))
            .collect();
        text.push_str(&format!(
            "\n[target.'cfg(all())']\nrustflags = [{}]\n",
            flags.join(", ")
        ));
    }
    Ok(text)
}

/// `-Xlinker` passes a directory with a comma in its name, where `-Wl,` would split it.
fn linker_flags(linking: Linking, directory: &str, platform: Platform) -> Vec<&str> {
    match linking {
        Linking::Static => platform.static_needs().to_vec(),
        Linking::Shared if platform.has_rpath() => {
            vec!["-Xlinker", "-rpath", "-Xlinker", directory]
        }
        Linking::Shared => Vec::new(),
    }
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// What the comments say, if the rest of the file is what follows from them.
fn parse(text: &str, platform: Platform) -> Option<(Library, Option<Stamp>)> {
    let text = text.replace("\r\n", "\n");
    let mut comments = text.strip_prefix(HEAD)?.lines();
    let (word, directory) = comments
        .next()?
        .strip_prefix("# ")?
        .split_once(" library in ")?;
    let linking = match word {
        "shared" => Linking::Shared,
        "static" => Linking::Static,
        _ => return None,
    };
    let library = Library {
        directory: PathBuf::from(directory),
        linking,
    };
    let verified = comments.next()?.strip_prefix("# verified ");
    let stamp = verified.and_then(|stamp| stamp.parse().ok());
    (render(&library, stamp, platform).ok()? == text).then_some((library, stamp))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(directory: &str, linking: Linking) -> Library {
        Library {
            directory: PathBuf::from(directory),
            linking,
        }
    }

    fn stamp() -> Option<Stamp> {
        "v1.5.6, 70546800 bytes, changed 1763800000123456789"
            .parse()
            .ok()
    }

    #[test]
    fn a_shared_library_gets_an_rpath() {
        let library = library("/cache, of mine/duckdb", Linking::Shared);
        let text = render(&library, stamp(), Platform::LINUX).unwrap();
        let settings = "
[env]
DUCKDB_LIB_DIR = { value = \"/cache, of mine/duckdb\", force = true }
DUCKDB_STATIC = { value = \"0\", force = true }

[target.'cfg(all())']
rustflags = [\"-Clink-arg=-Xlinker\", \"-Clink-arg=-rpath\", \"-Clink-arg=-Xlinker\", \
\"-Clink-arg=/cache, of mine/duckdb\"]
";
        assert!(text.ends_with(settings), "{text}");
    }

    #[test]
    fn windows_paths_are_escaped_and_windows_has_no_rpath() {
        let library = library(r"C:\Users\A B\duckdb", Linking::Shared);
        let text = render(&library, None, Platform::WINDOWS).unwrap();
        assert!(
            text.contains(r#"value = "C:\\Users\\A B\\duckdb""#),
            "{text}"
        );
        assert!(!text.contains("rustflags"), "{text}");
        assert_eq!(parse(&text, Platform::WINDOWS), Some((library, None)));
    }

    #[test]
    fn a_static_library_links_what_it_needs() {
        let text = render(&library("/d", Linking::Static), None, Platform::LINUX).unwrap();
        assert!(text.contains("DUCKDB_STATIC = { value = \"1\""), "{text}");
        assert!(text.contains("\"-Clink-arg=-lstdc++\""), "{text}");
    }

    #[test]
    fn what_was_written_reads_back() {
        for linking in [Linking::Shared, Linking::Static] {
            let library = library("/a \"b\"/c library in d", linking);
            for stamp in [None, stamp()] {
                let text = render(&library, stamp, Platform::LINUX).unwrap();
                assert_eq!(
                    parse(&text, Platform::LINUX),
                    Some((library.clone(), stamp))
                );
            }
        }
    }

    #[test]
    fn a_file_changed_by_hand_is_not_ours() {
        let text = render(&library("/d", Linking::Shared), stamp(), Platform::LINUX).unwrap();
        for changed in [
            format!("{text}\n[build]\n"),
            text.replace("\"/d\"", "\"/e\""),
            String::new(),
        ] {
            assert_eq!(parse(&changed, Platform::LINUX), None, "{changed}");
        }
    }

    #[test]
    fn a_directory_that_toml_cannot_hold_is_refused() {
        let library = library("/a\nb", Linking::Shared);
        assert!(
            render(&library, None, Platform::LINUX)
                .unwrap_err()
                .contains("FEATURESTORE_CACHE")
        );
    }
}
