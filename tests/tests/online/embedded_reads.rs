//! The embedded store's file read by several while one writes: what is seen when, and what a
//! writer that stands still does to readers.

use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use featurestore::online::{EmbeddedStore, OnlineStore};
use futures_util::future::join_all;
use redb::backends::FileBackend;
use redb::{BackendError, ConcurrencyMode, Database, StorageBackend, TableDefinition};

use super::rows::{address, read_one, row, write};
use featurestore::testing::seed;
use featurestore::testing::writers::{assert_newest, watch, write_shuffled};

const TABLE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("online");

#[tokio::test]
async fn a_commit_is_seen_by_the_next_read_of_any_process() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("online.redb");
    let writer = EmbeddedStore::new(&path);
    let readers = [EmbeddedStore::new(&path), EmbeddedStore::new(&path)];
    let a = address("p", "a");
    for time in 0..200 {
        let stored = row((time, None), b"x");
        writer.write(&[write(&a, "v", &stored)]).await.unwrap();
        for store in [&writer, &readers[0], &readers[1]] {
            assert_eq!(read_one(store, &a, "v").await.as_ref(), Some(&stored));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_of_their_own_see_no_time_go_back_beside_eight_writers() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("online.redb");
    let writer = Arc::new(EmbeddedStore::new(&path));
    let writing = Arc::new(AtomicBool::new(true));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let store = Arc::new(EmbeddedStore::new(&path));
            tokio::spawn(watch(store, Arc::clone(&writing)))
        })
        .collect();
    let seed = seed(8);
    let writers = (0..8).map(|number| {
        let store = Arc::clone(&writer);
        tokio::spawn(async move { write_shuffled(&*store, seed, number).await })
    });
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    writing.store(false, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.await.unwrap() > 0);
    }
    assert_newest(&EmbeddedStore::new(&path)).await;
}

#[tokio::test]
async fn a_reader_that_rests_keeps_no_space_from_the_writer() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("online.redb");
    let (writer, reader) = (EmbeddedStore::new(&path), EmbeddedStore::new(&path));
    let addresses: Vec<_> = (0..500).map(|key| address("p", &key.to_string())).collect();
    let batch = |time: i64| -> Vec<_> {
        let stored = row((time, None), &[7; 200]);
        let rows = addresses.iter().map(|address| write(address, "v", &stored));
        rows.collect()
    };
    writer.write(&batch(0)).await.unwrap();
    assert!(read_one(&reader, &addresses[0], "v").await.is_some());
    writer.write(&batch(1)).await.unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    writer.write(&batch(2)).await.unwrap();
    let before = std::fs::metadata(&path).unwrap().len();
    for time in 3..100 {
        writer.write(&batch(time)).await.unwrap();
    }
    let after = std::fs::metadata(&path).unwrap().len();
    assert!(after <= before * 3, "{before} bytes grew to {after}");
    assert!(read_one(&reader, &addresses[0], "v").await.is_some());
}

/// The file as redb uses it, but that a write of its header may stand still, as in a process that
/// is stopped there.
#[derive(Debug)]
struct Stopping {
    file: FileBackend,
    stops: Arc<Stops>,
}

/// When a write of the header stands still: before or behind it, or not at all.
#[derive(Debug, Default)]
struct Stops(Mutex<Option<Stop>>);

#[derive(Debug)]
struct Stop {
    behind: bool,
    stands: Sender<()>,
    goes_on: Receiver<()>,
}

impl Stop {
    fn stand_still(self) {
        self.stands.send(()).unwrap();
        let _ = self.goes_on.recv();
    }
}

impl Stops {
    /// Stops the next write of the header; gives what says that it stands, and what lets it go.
    fn next(&self, behind: bool) -> (Receiver<()>, Sender<()>) {
        let ((stands, stood), (go, goes_on)) = (channel(), channel());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Stop {
            behind,
            stands,
            goes_on,
        });
        (stood, go)
    }

    fn take(&self, behind: bool) -> Option<Stop> {
        let mut stop = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stop.take_if(|stop| stop.behind == behind)
    }
}

impl StorageBackend for Stopping {
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
        let header = offset == 0;
        if let Some(stop) = header.then(|| self.stops.take(false)).flatten() {
            stop.stand_still();
        }
        self.file.write(offset, data)?;
        if let Some(stop) = header.then(|| self.stops.take(true)).flatten() {
            stop.stand_still();
        }
        Ok(())
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
        self.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.query_lock_range(start, end)
    }
}

/// A writer that can be made to stand still, as another process would.
struct Writer {
    database: Arc<Database>,
    stops: Arc<Stops>,
    key: Vec<u8>,
}

impl Writer {
    fn new(path: &Path, key: &[u8]) -> Self {
        let mut options = std::fs::OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false);
        let stops = Arc::<Stops>::default();
        let backend = Stopping {
            file: FileBackend::new(file.open(path).unwrap()).unwrap(),
            stops: Arc::clone(&stops),
        };
        let database = Database::builder()
            .set_concurrency_mode(ConcurrencyMode::SingleWriter)
            .create_with_backend(backend)
            .unwrap();
        Self {
            database: Arc::new(database),
            stops,
            key: key.to_owned(),
        }
    }

    fn commit(&self, value: &[u8]) {
        let transaction = self.database.begin_write().unwrap();
        let mut table = transaction.open_table(TABLE).unwrap();
        table.insert(&self.key[..], value).unwrap();
        drop(table);
        transaction.commit().unwrap();
    }
}

fn assert_stalled(error: &str, path: &Path) {
    assert!(error.contains(&path.display().to_string()), "{error}");
    assert!(
        error.contains("stopped") && error.contains("resume"),
        "{error}"
    );
}

#[tokio::test]
async fn a_writer_that_stands_still_in_a_commit_fails_reads_and_blocks_no_thread() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("online.redb");
    let a = address("p", "a");
    let mut key = a.as_bytes().to_vec();
    key.extend(b"\0v");
    let writer = Arc::new(Writer::new(&path, &key));
    let rows = [1, 2, 3].map(|time| row((time, None), b"x"));
    writer.commit(&rows[0]);
    let store = EmbeddedStore::new(&path);
    assert_eq!(read_one(&store, &a, "v").await.as_ref(), Some(&rows[0]));

    // Before it has written anything, the latest commit is the last one.
    let (stands, goes_on) = writer.stops.next(false);
    let commit = {
        let (writer, value) = (Arc::clone(&writer), rows[1].clone());
        std::thread::spawn(move || writer.commit(&value))
    };
    stands.recv().unwrap();
    assert_eq!(read_one(&store, &a, "v").await.as_ref(), Some(&rows[0]));
    goes_on.send(()).unwrap();
    commit.join().unwrap();
    assert_eq!(read_one(&store, &a, "v").await.as_ref(), Some(&rows[1]));

    // Behind that it can't be known.
    let (stands, goes_on) = writer.stops.next(true);
    let commit = {
        let (writer, value) = (Arc::clone(&writer), rows[2].clone());
        std::thread::spawn(move || writer.commit(&value))
    };
    stands.recv().unwrap();
    let other = EmbeddedStore::new(&path);
    let reads = (0..50).map(|number| {
        let store = if number % 10 == 0 { &other } else { &store };
        store.ping()
    });
    let answered = AtomicBool::new(false);
    let reads = async {
        let errors = join_all(reads).await;
        answered.store(true, Ordering::Relaxed);
        errors
    };
    let ticks = async {
        let mut ticks = 0;
        while !answered.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(1)).await;
            ticks += 1;
        }
        ticks
    };
    // The answers come while the writer stands still, and other tasks of the thread go on before.
    let (errors, ticks) = futures_util::future::join(reads, ticks).await;
    assert!(ticks > 1, "the thread was blocked: {ticks} ticks");
    for error in errors {
        assert_stalled(&error.unwrap_err().to_string(), &path);
    }
    goes_on.send(()).unwrap();
    commit.join().unwrap();
    for store in [&store, &other] {
        assert_eq!(read_one(store, &a, "v").await.as_ref(), Some(&rows[2]));
    }
}
