//! Which file it is that was opened, as another one may come to its path.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// A file that was opened, and where.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    path: Arc<Path>,
    number: Number,
}

impl Identity {
    pub(super) fn of(path: &Path, file: &File) -> io::Result<Self> {
        Ok(Self {
            path: path.into(),
            number: number(&file.metadata()?),
        })
    }

    /// Whether the file is where it was opened and holds something, so that nobody removed,
    /// replaced or emptied it.
    pub(super) fn is_in_place(&self) -> bool {
        std::fs::metadata(&self.path)
            .is_ok_and(|metadata| metadata.len() > 0 && number(&metadata) == self.number)
    }
}

/// What no two files have at one time: device and inode. Elsewhere, a file that is open can't be
/// removed or replaced.
#[cfg(unix)]
type Number = (u64, u64);
#[cfg(not(unix))]
type Number = ();

#[cfg(unix)]
fn number(metadata: &Metadata) -> Number {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> Number {}
