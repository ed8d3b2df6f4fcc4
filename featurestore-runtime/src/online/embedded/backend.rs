//! The file as redb reads it in a process that does not write: as redb's own backend, but no wait
//! for another process' lock is without an end.

use std::fs::File;
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use redb::backends::FileBackend;
use redb::{BackendError, DatabaseError, StorageBackend};

/// The longest that a read waits for a process that writes to the file. It holds the lock for
/// microseconds, unless it is stopped in the middle of them.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);
/// The longest between two looks whether a lock is free.
const PAUSE: Duration = Duration::from_millis(1);
/// How many bytes at the start of the file each commit changes: redb's header, a block of 64 bytes
/// and two commit slots of 128 (its `docs/design.md`, "Super-header").
const HEADER: usize = 320;

/// What the header says; another one after each commit, since it has the commit's number.
pub(super) type HeaderBytes = [u8; HEADER];

/// The file, shared by redb and by who looks whether there was a commit. Both use one open file.
#[derive(Debug, Clone)]
pub(super) struct Backend {
    file: Arc<FileBackend>,
    /// Whether it was looked through, and is read though nobody could put it in order.
    checked: bool,
}

/// The byte that whoever writes to the file has locked while that is in order, though its flag says
/// that it is open ("consistent byte" there). Without the lock, redb reads it when it was put in order.
const CONSISTENT: u64 = (1 << 62) + 4;

/// Where the header has its flags, and the one that says that the file is open to write, or was
/// not closed ("god byte" there).
const FLAGS: usize = 9;
const OPEN: u8 = 2;

/// Whether the last one to write to the file has closed it.
pub(super) fn is_closed(header: &HeaderBytes) -> bool {
    header[FLAGS] & OPEN == 0
}

impl Backend {
    pub(super) fn open(path: &Path) -> Result<Self, DatabaseError> {
        Self::new(File::open(path)?)
    }

    pub(super) fn new(file: File) -> Result<Self, DatabaseError> {
        Ok(Self {
            file: Arc::new(FileBackend::new(file)?),
            checked: false,
        })
    }

    /// The same, of a file that was looked through and is as it was written: to be read as it is.
    pub(super) fn checked(self) -> Self {
        Self {
            checked: true,
            ..self
        }
    }

    pub(super) fn length(&self) -> io::Result<u64> {
        self.file.len()
    }

    /// Reads the header without a lock. While another process writes it, what comes out may be
    /// neither the old nor the new one, but it is not the old one for longer than that.
    #[inline]
    pub(super) fn header(&self) -> io::Result<HeaderBytes> {
        let mut header = [0; HEADER];
        self.file.read(0, &mut header)?;
        Ok(header)
    }
}

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        self.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        until_locked(|| self.file.try_lock_range(start, end))
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        until_locked(|| self.file.try_lock_shared_range(start, end))
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        if self.checked && start == Bound::Included(CONSISTENT) {
            return Ok(true);
        }
        self.file.query_lock_range(start, end)
    }
}

fn until_locked(
    mut try_lock: impl FnMut() -> Result<bool, BackendError>,
) -> Result<(), BackendError> {
    let locked = within(PATIENCE, || try_lock().map(|locked| locked.then_some(())));
    locked?.ok_or_else(|| BackendError::Io(io::ErrorKind::TimedOut.into()))
}

/// Tries once, and again until `attempt` has something, or fails, or the patience is at its end.
pub(super) fn within<T, E>(
    patience: Duration,
    mut attempt: impl FnMut() -> Result<Option<T>, E>,
) -> Result<Option<T>, E> {
    let begun = Instant::now();
    let mut pause = Duration::from_micros(20);
    loop {
        let done = attempt()?;
        if done.is_some() || begun.elapsed() >= patience {
            return Ok(done);
        }
        sleep(pause);
        pause = PAUSE.min(pause * 2);
    }
}
