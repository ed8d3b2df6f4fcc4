//! The file: opened to read, or to read and write.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use redb::{Builder, ConcurrencyMode, Database, DatabaseError, ReadOnlyDatabase, WriteTransaction};

use super::super::OnlineError;
use super::backend::{Backend, within_patience};
use super::failure::FilePath;
use super::snapshot::{Latest, Snapshot};

/// The most memory for pages of the file.
const CACHE: usize = 256 * 1024 * 1024;

/// The file, which is opened when it is needed.
pub(super) struct File {
    path: FilePath,
    latest: Arc<Latest>,
    reader: Mutex<Option<Reader>>,
    writer: Mutex<Option<Database>>,
}

/// The file opened to read.
struct Reader {
    database: ReadOnlyDatabase,
    backend: Backend,
}

/// How much room a key has behind its address, most often enough for a field.
const ROOM: usize = 64;

/// A key of the table, made without allocating for each.
#[derive(Default)]
pub(super) struct Key {
    bytes: Vec<u8>,
    address: usize,
}

impl Key {
    /// What follows is of this address.
    pub(super) fn start(&mut self, address: &[u8]) {
        self.bytes.clear();
        self.bytes.reserve(address.len() + ROOM);
        self.bytes.extend_from_slice(address);
        self.bytes.push(0);
        self.address = self.bytes.len();
    }

    pub(super) fn with_field(&mut self, field: &str) -> &[u8] {
        self.bytes.truncate(self.address);
        self.bytes.extend_from_slice(field.as_bytes());
        &self.bytes
    }

    /// The address and the field of a key. No address has a zero byte: control characters are
    /// escaped in it.
    pub(super) fn parts(key: &[u8]) -> (&[u8], &[u8]) {
        match key.iter().position(|byte| *byte == 0) {
            Some(end) => (&key[..end], &key[end + 1..]),
            None => (key, &[]),
        }
    }
}

impl File {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path: FilePath::new(path),
            latest: Arc::default(),
            reader: Mutex::default(),
            writer: Mutex::default(),
        }
    }

    pub(super) fn path(&self) -> &FilePath {
        &self.path
    }

    /// Does `work`; redb panics on some files that something else has changed.
    pub(super) fn guarded<T>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, OnlineError>,
    ) -> Result<T, OnlineError> {
        catch_unwind(AssertUnwindSafe(|| work(self)))
            .unwrap_or_else(|_| Err(self.path.damaged("it contradicts itself")))
    }

    /// The table as it is now, if it is at hand; never waits.
    pub(super) fn current(&self) -> Option<Arc<Snapshot>> {
        self.latest.current()
    }

    /// The table as it is now, nothing where there is no file. May wait for the disk, and for a
    /// process that writes.
    pub(super) fn refreshed(&self) -> Result<Option<Arc<Snapshot>>, OnlineError> {
        let reader = within_patience(|| match self.reader.try_lock() {
            Ok(reader) => Ok::<_, OnlineError>(Some(reader)),
            Err(TryLockError::Poisoned(reader)) => Ok(Some(reader.into_inner())),
            Err(TryLockError::WouldBlock) => Ok(None),
        })?;
        let mut reader = reader.ok_or_else(|| self.path.stalled())?;
        // Another one may have been faster.
        if let Some(snapshot) = self.current() {
            return Ok(Some(snapshot));
        }
        if reader.is_none() {
            *reader = self.open_to_read()?;
        }
        let Some(Reader { database, backend }) = reader.as_ref() else {
            return Ok(None);
        };
        // Before the snapshot: a commit between the two is noticed, and one is read twice at most.
        let header = backend
            .header()
            .map_err(|error| self.path.storage_failure(error.into()))?;
        let snapshot = Snapshot::take(database, Some((backend.clone(), header)));
        let snapshot = snapshot.map_err(|error| self.path.snapshot_failure(error));
        match snapshot {
            Ok(snapshot) => {
                let snapshot = Arc::new(snapshot);
                self.latest.set_read(&snapshot);
                Ok(Some(snapshot))
            }
            Err(error) => {
                *reader = None;
                Err(error)
            }
        }
    }

    /// Opens the file to read, if it is there.
    fn open_to_read(&self) -> Result<Option<Reader>, OnlineError> {
        if self.is_absent() {
            return Ok(None);
        }
        let opened = within_patience(|| {
            let backend = Backend::open(self.path.as_path())?;
            match builder().open_read_only_with_backend(backend.clone()) {
                Ok(database) => Ok(Some(Reader { database, backend })),
                // Its writer was killed, and only a writer can put the file in order.
                Err(DatabaseError::RepairAborted) => {
                    match builder()
                        .open(self.path.as_path())
                        .and_then(Database::close)
                    {
                        // Another one may be at it.
                        Ok(()) | Err(DatabaseError::DatabaseAlreadyOpen) => Ok(None),
                        Err(error) => Err(error),
                    }
                }
                Err(error) => Err(error),
            }
        });
        let opened = opened.map_err(|error| self.path.open_failure(error))?;
        opened.map(Some).ok_or_else(|| self.path.stalled())
    }

    /// Opens the file to write, with its directory if that is not there.
    fn open_to_write(&self) -> Result<Database, OnlineError> {
        if let Some(directory) = self.path.as_path().parent() {
            std::fs::create_dir_all(directory)
                .map_err(|error| self.path.open_failure(DatabaseError::from(error)))?;
        }
        builder()
            .create(self.path.as_path())
            .map_err(|error| self.path.open_failure(error))
    }

    /// Runs one write transaction; what `work` did is on the disk when this returns, and what is
    /// read from then on has it.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&WriteTransaction) -> Result<T, OnlineError>,
    ) -> Result<T, OnlineError> {
        let mut writer = lock(&self.writer);
        let database = match writer.take() {
            Some(database) => database,
            None => self.open_to_write()?,
        };
        let result = self.transact(&database, work);
        // After a failed write redb refuses all others until the file is opened again.
        if matches!(result, Err(OnlineError::File { .. })) {
            self.latest.set_own(None);
        } else {
            *writer = Some(database);
        }
        result
    }

    fn transact<T>(
        &self,
        database: &Database,
        work: impl FnOnce(&WriteTransaction) -> Result<T, OnlineError>,
    ) -> Result<T, OnlineError> {
        let transaction = database
            .begin_write()
            .map_err(|error| self.path.transaction_failure(error))?;
        let done = work(&transaction)?;
        transaction
            .commit()
            .map_err(|error| self.path.commit_failure(error))?;
        let was_own = self.latest.is_own();
        let snapshot = Snapshot::take(database, None);
        let snapshot = snapshot.map_err(|error| self.path.snapshot_failure(error))?;
        self.latest.set_own(Some(snapshot));
        if !was_own {
            // Its pages are in memory twice otherwise.
            *lock(&self.reader) = None;
        }
        Ok(done)
    }

    /// Whether there is no file, or one that was made just now and is still empty.
    fn is_absent(&self) -> bool {
        match std::fs::metadata(self.path.as_path()) {
            Ok(metadata) => metadata.is_file() && metadata.len() == 0,
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn builder() -> Builder {
    let mut builder = Database::builder();
    builder
        .set_concurrency_mode(ConcurrencyMode::SingleWriter)
        .set_cache_size(CACHE);
    builder
}
