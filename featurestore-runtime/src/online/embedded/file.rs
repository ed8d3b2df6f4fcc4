//! The file in use: one handle to read and one to write, opened when they are needed.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::WriteTransaction;

use super::super::OnlineError;
use super::backend::PATIENCE;
use super::failure::FilePath;
use super::open::{self, Reader, Writer};
use super::panics::quietly;
use super::snapshot::{Latest, Snapshot};

/// The file, which is opened when it is needed.
pub(super) struct File {
    path: FilePath,
    latest: Arc<Latest>,
    reader: Mutex<Option<Reader>>,
    writer: Mutex<Option<Writer>>,
    /// Whether it was there before, so that it is an error where it is not.
    found: AtomicBool,
}

impl File {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path: FilePath::new(path),
            latest: Arc::default(),
            reader: Mutex::default(),
            writer: Mutex::default(),
            found: AtomicBool::new(false),
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
        quietly(|| work(self)).unwrap_or_else(|| Err(self.path.damaged("it contradicts itself")))
    }

    /// The table as it is now, if it is at hand; never waits.
    pub(super) fn current(&self) -> Option<Arc<Snapshot>> {
        self.latest.current()
    }

    /// Keeps nothing of a file that is not at the path any more.
    pub(super) fn look_again(&self) {
        self.latest.drop_outdated();
    }

    /// The table as it is now, nothing where there was never a file. May wait for the disk, and for
    /// a process that writes.
    pub(super) fn refreshed(&self) -> Result<Option<Arc<Snapshot>>, OnlineError> {
        let mut reader = lock(&self.reader);
        // Another one may have been faster.
        if let Some(snapshot) = self.current() {
            return Ok(Some(snapshot));
        }
        // After a failure it is opened anew: its writer may have ended in the middle of it.
        let opened = reader.take().filter(|reader| reader.identity.is_in_place());
        let taken = opened.and_then(|opened| Some((self.take(&opened).ok()?, opened)));
        let (snapshot, opened) = match taken {
            Some(taken) => taken,
            None => match open::to_read(&self.path, PATIENCE)? {
                Some(opened) => {
                    self.found.store(true, Ordering::Relaxed);
                    (self.take(&opened)?, opened)
                }
                None => return self.absent().map(|()| None),
            },
        };
        let snapshot = Arc::new(snapshot);
        *reader = Some(opened);
        self.latest.set_read(&snapshot);
        Ok(Some(snapshot))
    }

    /// The table as it is now, through a file that is open.
    fn take(&self, opened: &Reader) -> Result<Snapshot, OnlineError> {
        // Before the snapshot: a commit between the two is noticed, and one is read twice at most.
        let header = opened
            .backend
            .header()
            .map_err(|error| self.path.storage_failure(error.into()))?;
        let seen = Some((opened.backend.clone(), header));
        Snapshot::take(&opened.database, &opened.identity, seen)
            .map_err(|error| self.path.snapshot_failure(error))
    }

    /// That there is no file is an error where there was one.
    fn absent(&self) -> Result<(), OnlineError> {
        if self.found.load(Ordering::Relaxed) {
            return Err(self.path.removed());
        }
        Ok(())
    }

    fn open_to_write(&self) -> Result<Writer, OnlineError> {
        if !self.path.as_path().exists() {
            self.absent()?;
        }
        let writer = open::to_write(&self.path)?;
        self.found.store(true, Ordering::Relaxed);
        Ok(writer)
    }

    /// Runs one write transaction; what `work` did is on the disk when this returns, and what is
    /// read from then on has it.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&WriteTransaction) -> Result<T, OnlineError>,
    ) -> Result<T, OnlineError> {
        let mut writer = lock(&self.writer);
        let opened = match writer.take() {
            Some(opened) if !opened.identity.is_in_place() => {
                self.latest.clear();
                return Err(self.path.replaced());
            }
            Some(opened) => opened,
            None => self.open_to_write()?,
        };
        let result = self.transact(&opened, work);
        // After a failed write redb refuses all others until the file is opened again.
        if matches!(result, Err(OnlineError::File { .. })) {
            self.latest.clear();
        } else {
            *writer = Some(opened);
        }
        result
    }

    fn transact<T>(
        &self,
        Writer { database, identity }: &Writer,
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
        let snapshot = Snapshot::take(database, identity, None);
        let snapshot = snapshot.map_err(|error| self.path.snapshot_failure(error))?;
        self.latest.set_own(snapshot);
        if !was_own {
            // Its pages are in memory twice otherwise.
            *lock(&self.reader) = None;
        }
        Ok(done)
    }

    /// Looks through the whole file.
    pub(super) fn check(&self) -> Result<(), OnlineError> {
        open::check_whole(&self.path)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
