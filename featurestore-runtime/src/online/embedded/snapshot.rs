//! The table as of the latest commit, kept open between reads.
//!
//! A process that writes makes a snapshot after each commit of its own; there are no others. One
//! that only reads looks into the file's header before each read, which differs after a commit.

use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use redb::{ReadOnlyTable, ReadableDatabase, TableDefinition, TableError, TransactionError};

use super::backend::{Backend, HeaderBytes};

/// All that is stored: under an address, a zero byte and a field, the field's value.
pub(super) const TABLE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("online");
pub(super) type Table = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// How long a snapshot that is out of date is kept at most. While there is one, the writing process
/// can't use the space of what it replaced since.
const KEPT: Duration = Duration::from_secs(1);

/// The table as of one commit.
pub(super) struct Snapshot {
    /// Nothing where nothing was ever written.
    table: Option<Table>,
    /// How to see whether another process committed; nothing where only this one can.
    seen: Option<(Backend, HeaderBytes)>,
}

/// Why there is no snapshot.
#[derive(Debug)]
pub(super) enum SnapshotError {
    Transaction(TransactionError),
    Table(TableError),
}

impl Snapshot {
    /// The table as it is now. `seen` has the header from before.
    pub(super) fn take(
        database: &impl ReadableDatabase,
        seen: Option<(Backend, HeaderBytes)>,
    ) -> Result<Self, SnapshotError> {
        let transaction = database.begin_read().map_err(SnapshotError::Transaction)?;
        let table = match transaction.open_table(TABLE) {
            Ok(table) => Some(table),
            Err(TableError::TableDoesNotExist(_)) => None,
            Err(error) => return Err(SnapshotError::Table(error)),
        };
        Ok(Self { table, seen })
    }

    pub(super) fn table(&self) -> Option<&Table> {
        self.table.as_ref()
    }

    /// Whether there was no commit since.
    fn is_current(&self) -> bool {
        match &self.seen {
            None => true,
            Some((backend, seen)) => backend.header().is_ok_and(|header| header == *seen),
        }
    }
}

/// The latest snapshot, if there is one.
#[derive(Default)]
pub(super) struct Latest(RwLock<Option<Arc<Snapshot>>>);

impl Latest {
    /// The snapshot, if there was no commit since it was made.
    pub(super) fn current(&self) -> Option<Arc<Snapshot>> {
        let latest = Option::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        latest.filter(|snapshot| snapshot.is_current())
    }

    /// Whether this process writes.
    pub(super) fn is_own(&self) -> bool {
        let latest = self.0.read().unwrap_or_else(PoisonError::into_inner);
        latest.as_ref().is_some_and(|latest| latest.seen.is_none())
    }

    /// Keeps the snapshot of a process that writes, or none from now on.
    pub(super) fn set_own(&self, snapshot: Option<Snapshot>) {
        let mut latest = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *latest = snapshot.map(Arc::new);
    }

    /// Keeps the snapshot of a process that reads, unless it writes by now, and lets go of it
    /// when it is out of date, even if nobody reads.
    pub(super) fn set_read(self: &Arc<Self>, snapshot: &Arc<Snapshot>) {
        {
            let mut latest = self.0.write().unwrap_or_else(PoisonError::into_inner);
            if latest.as_ref().is_some_and(|latest| latest.seen.is_none()) {
                return;
            }
            let watched = latest.replace(Arc::clone(snapshot)).is_some();
            if watched {
                return;
            }
        }
        let watched = Arc::downgrade(self);
        let watcher = std::thread::Builder::new().name("featurestore-embedded".to_owned());
        if watcher.spawn(move || watch(&watched)).is_err() {
            // Without a watcher nothing is kept.
            self.drop_outdated(true);
        }
    }

    /// Drops a snapshot that another process' commit put out of date, or any if `all`; says
    /// whether one is left to be watched.
    fn drop_outdated(&self, all: bool) -> bool {
        let mut latest = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_read = latest.as_ref().is_some_and(|latest| latest.seen.is_some());
        if is_read && (all || latest.as_ref().is_some_and(|latest| !latest.is_current())) {
            *latest = None;
        }
        latest.as_ref().is_some_and(|latest| latest.seen.is_some())
    }
}

fn watch(watched: &Weak<Latest>) {
    loop {
        std::thread::sleep(KEPT);
        match watched.upgrade() {
            Some(latest) if latest.drop_outdated(false) => {}
            _ => return,
        }
    }
}
