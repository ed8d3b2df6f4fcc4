//! From redb's errors to the online store's.

use std::io;

use redb::{CommitError, DatabaseError, StorageError, TableError, TransactionError};

use super::super::OnlineError;
use super::backend::PATIENCE;
use super::file::File;
use super::snapshot::SnapshotError;

impl File {
    pub(super) fn open_failure(&self, error: &DatabaseError) -> OnlineError {
        match error {
            DatabaseError::DatabaseAlreadyOpen => OnlineError::Busy {
                path: self.path().display().to_string(),
            },
            DatabaseError::LockProtocolMismatch => self.failure(
                "a process with another version of featurestore has it open; stop that one first"
                    .to_owned(),
            ),
            DatabaseError::Storage(error) => self.storage_failure(error),
            other => self.damaged(other),
        }
    }

    pub(super) fn storage_failure(&self, error: &StorageError) -> OnlineError {
        match error {
            StorageError::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                self.damaged(error)
            }
            StorageError::Io(error) if error.kind() == io::ErrorKind::TimedOut => self.stalled(),
            StorageError::Io(error) => self.failure(format!(
                "{error}; it must be a file that can be read and written, on a disk with room"
            )),
            StorageError::PreviousIo | StorageError::DatabaseClosed => {
                self.failure(format!("{error}; try again"))
            }
            StorageError::ValueTooLarge(length) => self.failure(format!(
                "a row of {length} bytes is more than the 3 GiB that one may have"
            )),
            other => self.damaged(other),
        }
    }

    pub(super) fn transaction_failure(&self, error: TransactionError) -> OnlineError {
        match error {
            TransactionError::Storage(error) => self.storage_failure(&error),
            other => self.failure(format!("{other}; try again")),
        }
    }

    pub(super) fn commit_failure(&self, error: &CommitError) -> OnlineError {
        match error {
            CommitError::Storage(error) => self.storage_failure(error),
            other => self.failure(format!("{other}; try again")),
        }
    }

    pub(super) fn table_failure(&self, error: &TableError) -> OnlineError {
        match error {
            TableError::Storage(error) => self.storage_failure(error),
            other => self.damaged(other),
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

    pub(super) fn snapshot_failure(&self, error: SnapshotError) -> OnlineError {
        match error {
            SnapshotError::Transaction(error) => self.transaction_failure(error),
            SnapshotError::Table(error) => self.table_failure(&error),
        }
    }

    pub(super) fn damaged(&self, detail: impl std::fmt::Display) -> OnlineError {
        self.failure(format!(
            "it is damaged or not a featurestore's ({detail}); move it away and materialize again"
        ))
    }

    pub(super) fn failure(&self, reason: String) -> OnlineError {
        OnlineError::File {
            path: self.path().display().to_string(),
            reason,
        }
    }
}
