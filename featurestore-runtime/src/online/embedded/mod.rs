//! The online store in a local file (redb): what Redis would hold, in one ordered table. Knows
//! bytes and addresses, and of rows only their times.

mod backend;
mod builder;
mod check;
mod failure;
mod file;
mod identity;
mod key;
mod open;
mod panics;
mod project;
mod record;
mod scan;
mod snapshot;
mod state;
mod write;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::Mutex;

use self::file::File;
use self::key::Key;
use self::snapshot::{Snapshot, Table};
use self::write::Batch;
use super::{
    Cause, EntityRead, OnlineError, OnlineFuture, OnlineStore, RowWrite, ScanCursor, ScanPage,
    StateWrite, StoredLayout, Written,
};

/// The online store in a local file, which needs no server.
///
/// The file is opened when it is first used and made when it is first written to; its directory is
/// there already, but for the default's `.featurestore`. Any number of
/// processes can read it while one writes; the second to write gets an error that says so. Each
/// call of [`write`](OnlineStore::write) is one transaction that is on the disk when the call
/// returns, so it is written whole or not at all whatever ends the process.
///
/// A read is of the table as the latest commit left it, whichever process that was. It waits for
/// a process that stands still in the middle of a commit for a second at most, and is an error
/// then. Another file that comes to the path is read within a second, by [`ping`](OnlineStore::ping)
/// at once; that the file is gone is an error. A disk that is full stops writes, with an error that says
/// so, and no reads; a later write finds room when there is some.
///
/// A file of up to 64 MiB that nobody writes to is looked through when it is opened, and so is one
/// whose writer was killed: bytes that are not as they were written are an error.
/// [`check`](OnlineStore::check) looks through any. Where redb panics on a damaged file, that is an
/// error, too; so that nothing is printed of it, the first use puts a panic hook before the
/// process', which hears of all others.
pub struct EmbeddedStore {
    file: Arc<File>,
    refreshing: Mutex<Option<Failed>>,
}

/// An attempt to get at the latest commit.
struct Failed {
    ended: Instant,
    error: OnlineError,
}

impl EmbeddedStore {
    /// The store in the file at `path`.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            file: Arc::new(File::new(path.into())),
            refreshing: Mutex::default(),
        }
    }

    /// Does work that may wait for the disk where it holds up no other task.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&File) -> Result<T, OnlineError> + Send + 'static,
    ) -> Result<T, OnlineError> {
        let file = Arc::clone(&self.file);
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return file.guarded(work);
        };
        let done = runtime.spawn_blocking(move || file.guarded(work)).await;
        done.unwrap_or_else(|error| {
            let failure = self.file.path().failure(error.to_string());
            Err(failure.caused_by(Cause::new(error)))
        })
    }

    /// The table as of the latest commit; nothing where there is no file.
    async fn snapshot(&self) -> Result<Option<Arc<Snapshot>>, OnlineError> {
        match self.file.current() {
            Some(snapshot) => Ok(Some(snapshot)),
            // Boxed, so that what is kept for the rare case does not weigh on each read.
            None => Box::pin(self.refreshed()).await,
        }
    }

    /// As [`snapshot`](Self::snapshot), where there was a commit since the last one. One caller
    /// gets it for all that wait; it may take a moment, so it holds up no other task.
    async fn refreshed(&self) -> Result<Option<Arc<Snapshot>>, OnlineError> {
        let called = Instant::now();
        let mut failed = self.refreshing.lock().await;
        if let Some(snapshot) = self.file.current() {
            return Ok(Some(snapshot));
        }
        if let Some(failed) = failed.as_ref().filter(|failed| failed.ended >= called) {
            return Err(failed.error.clone());
        }
        let refreshed = self.blocking(File::refreshed).await;
        *failed = match &refreshed {
            Err(error @ OnlineError::File { .. }) => Some(Failed {
                ended: Instant::now(),
                error: error.clone(),
            }),
            _ => None,
        };
        refreshed
    }

    /// Reads from the table as of the latest commit, on this thread: that takes microseconds, less
    /// than handing it to another.
    async fn reading<T>(
        &self,
        read: impl FnOnce(&File, Option<&Table>) -> Result<T, OnlineError>,
    ) -> Result<T, OnlineError> {
        let snapshot = self.snapshot().await?;
        let table = snapshot.as_ref().and_then(|snapshot| snapshot.table());
        self.file.guarded(|file| read(file, table))
    }
}

impl fmt::Debug for EmbeddedStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "EmbeddedStore({})", self.file.path().location())
    }
}

impl OnlineStore for EmbeddedStore {
    fn location(&self) -> String {
        self.file.path().location()
    }

    fn ping(&self) -> OnlineFuture<'_, ()> {
        Box::pin(async {
            self.file.look_again();
            self.snapshot().await.map(drop)
        })
    }

    fn check(&self) -> OnlineFuture<'_, ()> {
        Box::pin(self.blocking(File::check))
    }

    fn read<'a>(
        &'a self,
        entities: &'a [EntityRead<'a>],
    ) -> OnlineFuture<'a, Vec<Vec<Option<Bytes>>>> {
        Box::pin(self.reading(|file, table| read(file, table, entities)))
    }

    fn write<'a>(&'a self, rows: &'a [RowWrite]) -> OnlineFuture<'a, Vec<Written>> {
        Box::pin(async move {
            if rows.is_empty() {
                return Ok(Vec::new());
            }
            let batch = Batch::new(rows);
            self.blocking(move |file| batch.write(file)).await
        })
    }

    fn write_states<'a>(&'a self, states: &'a [StateWrite]) -> OnlineFuture<'a, Vec<bool>> {
        Box::pin(async move {
            if states.is_empty() {
                return Ok(Vec::new());
            }
            let states = states.to_vec();
            self.blocking(move |file| state::write(file, &states)).await
        })
    }

    fn layouts<'a>(&'a self, project: &'a str) -> OnlineFuture<'a, Vec<StoredLayout>> {
        Box::pin(self.reading(|file, table| project::layouts(file, table, project)))
    }

    fn keep_layout<'a>(
        &'a self,
        project: &'a str,
        layout: &'a StoredLayout,
    ) -> OnlineFuture<'a, ()> {
        Box::pin(async move {
            // Most often it is kept already, and then other processes may write.
            let kept = self
                .reading(|file, table| project::is_layout_kept(file, table, project, layout))
                .await?;
            if kept {
                return Ok(());
            }
            let (project, layout) = (project.to_owned(), layout.clone());
            self.blocking(move |file| project::keep_layout(file, &project, &layout))
                .await
        })
    }

    fn record<'a>(&'a self, project: &'a str, name: &'a str) -> OnlineFuture<'a, Option<String>> {
        Box::pin(self.reading(|file, table| record::record(file, table, project, name)))
    }

    fn swap_record<'a>(
        &'a self,
        project: &'a str,
        name: &'a str,
        old: Option<&'a str>,
        new: Option<&'a str>,
    ) -> OnlineFuture<'a, bool> {
        Box::pin(async move {
            let (project, name) = (project.to_owned(), name.to_owned());
            let (old, new) = (old.map(str::to_owned), new.map(str::to_owned));
            self.blocking(move |file| {
                record::swap(file, &project, &name, (old.as_deref(), new.as_deref()))
            })
            .await
        })
    }

    fn scan<'a>(
        &'a self,
        project: &'a str,
        cursor: Option<&'a ScanCursor>,
    ) -> OnlineFuture<'a, ScanPage> {
        Box::pin(self.reading(move |file, table| scan::page(file, table, project, cursor)))
    }

    fn delete_view<'a>(&'a self, project: &'a str, field: &'a str) -> OnlineFuture<'a, u64> {
        Box::pin(async move {
            let (project, field) = (project.to_owned(), field.to_owned());
            self.blocking(move |file| project::delete_view(file, &project, &field))
                .await
        })
    }

    fn delete_project<'a>(&'a self, project: &'a str) -> OnlineFuture<'a, u64> {
        Box::pin(async move {
            let project = project.to_owned();
            self.blocking(move |file| project::delete(file, &project))
                .await
        })
    }
}

fn read(
    file: &File,
    table: Option<&Table>,
    entities: &[EntityRead<'_>],
) -> Result<Vec<Vec<Option<Bytes>>>, OnlineError> {
    let mut key = Key::default();
    let mut found = Vec::with_capacity(entities.len());
    for entity in entities {
        key.start(entity.address.as_bytes());
        let mut rows = Vec::with_capacity(entity.fields.len());
        for field in entity.fields {
            let row = match table {
                Some(table) => table
                    .get(key.with_field(field))
                    .map_err(|error| file.path().storage_failure(error))?,
                None => None,
            };
            rows.push(row.map(|row| Bytes::copy_from_slice(row.value())));
        }
        found.push(rows);
    }
    Ok(found)
}
