//! Whether the files of a source still are what they were.

use std::collections::HashSet;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{FilesError, SourceFiles};

/// How much of a file's end is compared: where a Parquet file has its footer.
const END: u64 = 16 * 1024;

/// The files of a source at a moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    files: SourceFiles,
    marks: Marks,
}

/// Files as they were at a moment.
#[derive(Debug, Clone)]
pub struct Marks(Vec<(PathBuf, Mark)>);

/// What tells that a file is another one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    /// Its device and its number there.
    file: (u64, u64),
    bytes: u64,
    modified: Option<SystemTime>,
    /// A hash of its end.
    end: u64,
}

impl SourceFiles {
    /// The files as they are now, to ask later whether they are still the same.
    ///
    /// # Errors
    ///
    /// A file that can't be read.
    pub fn snapshot(&self) -> Result<Snapshot, FilesError> {
        Ok(Snapshot {
            marks: Marks::of(self.paths())?,
            files: self.clone(),
        })
    }
}

impl Snapshot {
    /// The first file that was replaced, written to or removed since, or that was added.
    #[must_use]
    pub fn changed(&self) -> Option<PathBuf> {
        match SourceFiles::list(&self.files.source, Some(self.files.format)) {
            Ok(now) => self.marks.changed(now.paths()),
            Err(_) => Some(self.files.source.path()),
        }
    }
}

impl Marks {
    /// Files as they are now.
    ///
    /// # Errors
    ///
    /// A file that can't be read.
    pub fn of(files: &[PathBuf]) -> Result<Self, FilesError> {
        let marks = files.iter().map(|path| {
            let marked = mark(path).map_err(|error| FilesError::Io {
                path: path.clone(),
                error,
            })?;
            Ok((path.clone(), marked))
        });
        marks.collect::<Result<_, _>>().map(Self)
    }

    /// The first of the files that was replaced, written to or removed since, or that was added;
    /// `now` are those that are there.
    #[must_use]
    pub fn changed(&self, now: &[PathBuf]) -> Option<PathBuf> {
        let before: HashSet<&PathBuf> = self.0.iter().map(|(path, _)| path).collect();
        let now: HashSet<&PathBuf> = now.iter().collect();
        let gone = before.difference(&now).min().copied();
        let added = now.difference(&before).min().copied();
        let other = || {
            let mut marked = self.0.iter();
            let other = marked.find(|(path, known)| mark(path).ok().as_ref() != Some(known));
            other.map(|(path, _)| path)
        };
        gone.or(added).or_else(other).cloned()
    }
}

fn mark(path: &Path) -> io::Result<Mark> {
    let mut file = File::open(path)?;
    let found = file.metadata()?;
    let mut end = Vec::new();
    file.seek(SeekFrom::Start(found.len().saturating_sub(END)))?;
    file.take(END).read_to_end(&mut end)?;
    let mut hasher = DefaultHasher::new();
    end.hash(&mut hasher);
    Ok(Mark {
        file: number(&found),
        bytes: found.len(),
        modified: found.modified().ok(),
        end: hasher.finish(),
    })
}

#[cfg(unix)]
fn number(found: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;

    (found.dev(), found.ino())
}

#[cfg(not(unix))]
const fn number(_: &fs::Metadata) -> (u64, u64) {
    (0, 0)
}
