//! The table as of the latest commit, kept open between reads.
//!
//! A process that writes makes a snapshot after each commit of its own; there are no others. One
//! that only reads looks into the file's header before each read, which differs after a commit.
//! Either sees within a second that the file is not the one at its path any more.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};
use std::time::Duration;

use redb::{ReadOnlyTable, ReadableDatabase, TableDefinition, TableError, TransactionError};

use super::backend::{Backend, HeaderBytes};
use super::identity::Identity;

/// All that is stored: under an address, a zero byte and a field, the field's value.
pub(super) const TABLE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("online");
pub(super) type Table = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// How long a snapshot that is out of date, or of a file that was replaced, is kept at most. While
/// there is one, the writing process can't use the space of what it replaced since.
const KEPT: Duration = Duration::from_secs(1);

/// The table as of one commit.
pub(super) struct Snapshot {
    /// Nothing where nothing was ever written.
    table: Option<Table>,
    /// The file that it is of.
    identity: Identity,
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
        identity: &Identity,
        seen: Option<(Backend, HeaderBytes)>,
    ) -> Result<Self, SnapshotError> {
        let transaction = database.begin_read().map_err(SnapshotError::Transaction)?;
        let table = match transaction.open_table(TABLE) {
            Ok(table) => Some(table),
            Err(TableError::TableDoesNotExist(_)) => None,
            Err(error) => return Err(SnapshotError::Table(error)),
        };
        Ok(Self {
            table,
            identity: identity.clone(),
            seen,
        })
    }

    pub(super) fn table(&self) -> Option<&Table> {
        self.table.as_ref()
    }

    /// Whether it is of this process' last commit.
    fn is_own(&self) -> bool {
        self.seen.is_none()
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
pub(super) struct Latest(RwLock<State>);

#[derive(Default)]
struct State {
    snapshot: Option<Arc<Snapshot>>,
    /// Whether a thread lets go of it when it is out of date, even if nobody reads.
    watched: bool,
}

impl Latest {
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The snapshot, if there was no commit since it was made.
    pub(super) fn current(&self) -> Option<Arc<Snapshot>> {
        let latest = Option::clone(&self.read().snapshot);
        latest.filter(|snapshot| snapshot.is_current())
    }

    /// Whether this process writes.
    pub(super) fn is_own(&self) -> bool {
        self.read()
            .snapshot
            .as_ref()
            .is_some_and(|latest| latest.is_own())
    }

    /// Keeps the snapshot of a process that writes.
    pub(super) fn set_own(self: &Arc<Self>, snapshot: Snapshot) {
        self.write().snapshot = Some(Arc::new(snapshot));
        self.watch();
    }

    /// Keeps the snapshot of a process that reads, unless it writes by now.
    pub(super) fn set_read(self: &Arc<Self>, snapshot: &Arc<Snapshot>) {
        {
            let mut latest = self.write();
            if latest
                .snapshot
                .as_ref()
                .is_some_and(|latest| latest.is_own())
            {
                return;
            }
            latest.snapshot = Some(Arc::clone(snapshot));
        }
        self.watch();
    }

    /// Keeps none.
    pub(super) fn clear(&self) {
        self.write().snapshot = None;
    }

    /// Keeps none that is out of date, or whose file is not where it was.
    pub(super) fn drop_outdated(&self) {
        let latest = Option::clone(&self.read().snapshot);
        let Some(latest) =
            latest.filter(|latest| !latest.is_current() || !latest.identity.is_in_place())
        else {
            return;
        };
        let mut state = self.write();
        if state
            .snapshot
            .as_ref()
            .is_some_and(|now| Arc::ptr_eq(now, &latest))
        {
            state.snapshot = None;
        }
    }

    fn watch(self: &Arc<Self>) {
        if std::mem::replace(&mut self.write().watched, true) {
            return;
        }
        let watched = Arc::downgrade(self);
        let watcher = std::thread::Builder::new().name("featurestore-embedded".to_owned());
        if watcher.spawn(move || watch(&watched)).is_err() {
            // Without a watcher nothing is kept.
            *self.write() = State::default();
        }
    }
}

fn watch(watched: &Weak<Latest>) {
    loop {
        std::thread::sleep(KEPT);
        let Some(latest) = watched.upgrade() else {
            return;
        };
        latest.drop_outdated();
        let mut state = latest.write();
        if state.snapshot.is_none() {
            state.watched = false;
            return;
        }
    }
}
