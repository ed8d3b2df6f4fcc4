//! The file: opened to read, or to read and write, and its one table.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use redb::{
    Builder, ConcurrencyMode, Database, DatabaseError, ReadOnlyDatabase, ReadOnlyTable,
    ReadableDatabase, TableDefinition, TableError, WriteTransaction,
};

use super::super::OnlineError;

/// All that is stored: under an address, a zero byte and a field, the field's value.
pub(super) const TABLE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("online");
type Table = ReadOnlyTable<&'static [u8], &'static [u8]>;
/// The most memory for pages of the file.
const CACHE: usize = 256 * 1024 * 1024;

/// The file, which is opened when it is needed.
pub(super) struct File {
    path: PathBuf,
    open: RwLock<Option<Open>>,
}

enum Open {
    Reading(ReadOnlyDatabase),
    Writing(Database),
}

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
            path,
            open: RwLock::new(None),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn location(&self) -> String {
        format!("embedded:{}", self.path.display())
    }

    pub(super) fn is_open(&self) -> bool {
        self.shared().is_some()
    }

    /// Does `work`; redb panics on some files that something else has changed.
    pub(super) fn guarded<T>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, OnlineError>,
    ) -> Result<T, OnlineError> {
        catch_unwind(AssertUnwindSafe(|| work(self)))
            .unwrap_or_else(|_| Err(self.damaged("it contradicts itself")))
    }

    /// Opens the file to read, if it is there.
    pub(super) fn open_to_read(&self) -> Result<(), OnlineError> {
        let mut open = self.exclusive();
        if open.is_some() || self.is_absent() {
            return Ok(());
        }
        let database = match builder().open_read_only(&self.path) {
            // Its writer was killed, and only a writer can put the file in order.
            Err(DatabaseError::RepairAborted) => {
                let repaired = builder().open(&self.path).and_then(Database::close);
                repaired.map_err(|error| self.open_failure(&error))?;
                builder().open_read_only(&self.path)
            }
            opened => opened,
        };
        *open = Some(Open::Reading(
            database.map_err(|error| self.open_failure(&error))?,
        ));
        Ok(())
    }

    /// Opens the file to write, with its directory if that is not there.
    fn open_to_write(&self) -> Result<(), OnlineError> {
        let mut open = self.exclusive();
        if matches!(*open, Some(Open::Writing(_))) {
            return Ok(());
        }
        if let Some(directory) = self.path.parent() {
            std::fs::create_dir_all(directory)
                .map_err(|error| self.open_failure(&DatabaseError::from(error)))?;
        }
        let database = builder().create(&self.path);
        *open = Some(Open::Writing(
            database.map_err(|error| self.open_failure(&error))?,
        ));
        Ok(())
    }

    /// The table as it is now; nothing where nothing was ever written.
    pub(super) fn table(&self) -> Result<Option<Table>, OnlineError> {
        let transaction = match self.shared().as_ref() {
            None => return Ok(None),
            Some(Open::Reading(database)) => database.begin_read(),
            Some(Open::Writing(database)) => database.begin_read(),
        };
        let transaction = transaction.map_err(|error| self.transaction_failure(error))?;
        match transaction.open_table(TABLE) {
            Ok(table) => Ok(Some(table)),
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(self.table_failure(&error)),
        }
    }

    /// Runs one write transaction; what `work` did is on the disk when this returns.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&WriteTransaction) -> Result<T, OnlineError>,
    ) -> Result<T, OnlineError> {
        self.open_to_write()?;
        let result = match self.shared().as_ref() {
            Some(Open::Writing(database)) => self.transact(database, work),
            _ => return Err(self.failure("it was closed meanwhile; try again".to_owned())),
        };
        if matches!(result, Err(OnlineError::File { .. })) {
            // After a failed write redb refuses all others until the file is opened again.
            *self.exclusive() = None;
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
            .map_err(|error| self.transaction_failure(error))?;
        let done = work(&transaction)?;
        transaction
            .commit()
            .map_err(|error| self.commit_failure(&error))?;
        Ok(done)
    }

    /// Whether there is no file, or one that was made just now and is still empty.
    fn is_absent(&self) -> bool {
        match std::fs::metadata(&self.path) {
            Ok(metadata) => metadata.is_file() && metadata.len() == 0,
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        }
    }

    fn shared(&self) -> RwLockReadGuard<'_, Option<Open>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn exclusive(&self) -> RwLockWriteGuard<'_, Option<Open>> {
        self.open.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn builder() -> Builder {
    let mut builder = Database::builder();
    builder
        .set_concurrency_mode(ConcurrencyMode::SingleWriter)
        .set_cache_size(CACHE);
    builder
}
