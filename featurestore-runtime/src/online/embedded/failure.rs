//! From redb's errors to the online store's.

use std::io;
use std::path::{Path, PathBuf};

use redb::{CommitError, DatabaseError, StorageError, TableError, TransactionError};

use super::super::{Cause, OnlineError};
use super::backend::PATIENCE;
use super::snapshot::SnapshotError;

/// The file's path, which all of the store's errors name.
pub(super) struct FilePath(PathBuf);

impl FilePath {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn as_path(&self) -> &Path {
        &self.0
    }

    /// The store's address.
    pub(super) fn location(&self) -> String {
        format!("embedded:{}", self.0.display())
    }

    pub(super) fn open_failure(&self, error: DatabaseError) -> OnlineError {
        match error {
            DatabaseError::DatabaseAlreadyOpen => OnlineError::Busy {
                path: self.0.display().to_string(),
            },
            DatabaseError::LockProtocolMismatch => self.failure(
                "a process with another version of featurestore has it open; stop that one first"
                    .to_owned(),
            ),
            DatabaseError::Storage(error) => self.storage_failure(error),
            other => self.damaged(&other).caused_by(Cause::new(other)),
        }
    }

    pub(super) fn storage_failure(&self, error: StorageError) -> OnlineError {
        match error {
            StorageError::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                self.damaged(&error).caused_by(Cause::new(error))
            }
            StorageError::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
                self.stalled().caused_by(Cause::new(error))
            }
            StorageError::Io(error) if is_full(&error) => {
                let directory = self.0.parent().unwrap_or(&self.0);
                let failure = self.failure(format!(
                    "the disk is full, at {}: {error}; nothing of this write is there, and what was \
                     written before is read as ever. Make room, and try again",
                    directory.display()
                ));
                failure.caused_by(Cause::new(error))
            }
            StorageError::Io(error) => {
                let way_out = "it must be a file that can be read and written, on a disk with room";
                let failure = self.failure(format!("{error}; {way_out}"));
                failure.caused_by(Cause::new(error))
            }
            StorageError::PreviousIo | StorageError::DatabaseClosed => self
                .failure(format!("{error}; try again"))
                .caused_by(Cause::new(error)),
            StorageError::ValueTooLarge(length) => self.failure(format!(
                "a row of {length} bytes is more than the 3 GiB that one may have"
            )),
            other => self.damaged(&other).caused_by(Cause::new(other)),
        }
    }

    pub(super) fn transaction_failure(&self, error: TransactionError) -> OnlineError {
        match error {
            TransactionError::Storage(error) => self.storage_failure(error),
            other => self
                .failure(format!("{other}; try again"))
                .caused_by(Cause::new(other)),
        }
    }

    pub(super) fn commit_failure(&self, error: CommitError) -> OnlineError {
        match error {
            CommitError::Storage(error) => self.storage_failure(error),
            other => self
                .failure(format!("{other}; try again"))
                .caused_by(Cause::new(other)),
        }
    }

    pub(super) fn table_failure(&self, error: TableError) -> OnlineError {
        match error {
            TableError::Storage(error) => self.storage_failure(error),
            other => self.damaged(&other).caused_by(Cause::new(other)),
        }
    }

    /// The process that writes is in the middle of it for too long.
    pub(super) fn stalled(&self) -> OnlineError {
        self.failure(format!(
            "the process that writes to it has held it for {} s, so it is stopped or \
             its disk does not answer; resume or end that process, and try again",
            PATIENCE.as_secs()
        ))
    }

    /// Nobody can read the file before it is in order.
    pub(super) fn in_repair(&self) -> OnlineError {
        self.failure(format!(
            "its last writer was killed, and another process has been putting it in order for {} s; \
             try again when that is done",
            PATIENCE.as_secs()
        ))
    }

    pub(super) fn without_directory(&self, directory: &Path) -> OnlineError {
        self.failure(format!(
            "there is no directory {}; name another, or make it first",
            directory.display()
        ))
    }

    pub(super) fn emptied(&self) -> OnlineError {
        self.failure("it is empty; move it away and materialize again".to_owned())
    }

    /// What this process has read before is not there any more.
    pub(super) fn removed(&self) -> OnlineError {
        self.failure(
            "it was there before and is gone; put it back, or materialize again in a new process"
                .to_owned(),
        )
    }

    /// What this process wrote to is another file than the one that is there.
    pub(super) fn replaced(&self) -> OnlineError {
        self.failure(
            "it was removed, emptied or replaced while this process wrote to it, and what that \
             wrote is not in what is there now; materialize again"
                .to_owned(),
        )
    }

    /// There was a commit during each look.
    pub(super) fn unchecked(&self) -> OnlineError {
        self.failure(
            "it could not be looked through, as another process writes to it all the time; \
             try again when that rests"
                .to_owned(),
        )
    }

    pub(super) fn snapshot_failure(&self, error: SnapshotError) -> OnlineError {
        match error {
            SnapshotError::Transaction(error) => self.transaction_failure(error),
            SnapshotError::Table(error) => self.table_failure(error),
        }
    }

    pub(super) fn damaged(&self, detail: impl std::fmt::Display) -> OnlineError {
        self.failure(format!(
            "it is damaged or not a featurestore's ({detail}); move it away and materialize again"
        ))
    }

    pub(super) fn failure(&self, reason: String) -> OnlineError {
        OnlineError::File {
            path: self.0.display().to_string(),
            reason,
            source: None,
        }
    }
}

/// Whether there is no room for what is written: on the disk, within a quota, or for a file.
fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}
