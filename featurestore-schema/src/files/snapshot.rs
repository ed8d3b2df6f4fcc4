//! Whether the files of a source still are what they were.

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
    marks: Vec<Mark>,
}

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
        let marks = self.paths().iter().map(|path| {
            mark(path).map_err(|error| FilesError::Io {
                path: path.clone(),
                error,
            })
        });
        Ok(Snapshot {
            marks: marks.collect::<Result<_, _>>()?,
            files: self.clone(),
        })
    }
}

impl Snapshot {
    /// The first file that was replaced, written to or removed since, or that was added.
    #[must_use]
    pub fn changed(&self) -> Option<PathBuf> {
        let Ok(now) = SourceFiles::list(&self.files.source, Some(self.files.format)) else {
            return Some(self.files.source.path());
        };
        let before = self.files.paths();
        let gone = before.iter().find(|path| !now.files.contains(path));
        let added = now.files.iter().find(|path| !before.contains(path));
        let mut marked = before.iter().zip(&self.marks);
        let mut other = || marked.find(|(path, known)| mark(path).ok().as_ref() != Some(*known));
        gone.or(added)
            .or_else(|| other().map(|(path, _)| path))
            .cloned()
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
