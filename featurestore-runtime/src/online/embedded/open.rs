//! Opening the file: to read, to write, and for the first time.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redb::backends::FileBackend;
use redb::{Database, DatabaseError, ReadOnlyDatabase, StorageError};

use super::super::OnlineError;
use super::backend::{Backend, PATIENCE, is_closed, within};
use super::builder::builder;
use super::check::check;
use super::failure::FilePath;
use super::identity::Identity;

/// Up to which length a file is looked through whole when it is opened, which takes a tenth of a second.
const CHECKED: u64 = 64 * 1024 * 1024;
/// How often a file that others write to is looked through again.
const CHECKS: usize = 5;

/// The file opened to read.
pub(super) struct Reader {
    pub(super) database: ReadOnlyDatabase,
    pub(super) backend: Backend,
    pub(super) identity: Identity,
}

/// The file opened to read and write.
pub(super) struct Writer {
    pub(super) database: Database,
    pub(super) identity: Identity,
}

/// Opens the file to read, if there is one. Where another process puts it in order, that is waited
/// for so long.
pub(super) fn to_read(path: &FilePath, patience: Duration) -> Result<Option<Reader>, OnlineError> {
    let opened = unchecked_to_read(path, patience)?;
    if let Some(reader) = &opened {
        check_closed(path, &reader.backend)?;
    }
    Ok(opened)
}

fn unchecked_to_read(path: &FilePath, patience: Duration) -> Result<Option<Reader>, OnlineError> {
    if !exists(path)? {
        return Ok(None);
    }
    let opened = within(patience, || {
        if let Some(reader) = try_to_read(path.as_path())? {
            return Ok(Some(reader));
        }
        match put_in_order(path.as_path()) {
            // However long that took.
            Ok(()) => try_to_read(path.as_path()),
            // The disk may be full.
            Err(DatabaseError::Storage(StorageError::Io(error))) => {
                as_it_is(path.as_path(), error.into())
            }
            // Another one may be at it.
            Err(DatabaseError::DatabaseAlreadyOpen) => Ok(None),
            Err(error) => Err(error),
        }
    });
    let opened = opened.map_err(|error| path.open_failure(error))?;
    opened.map(Some).ok_or_else(|| path.in_repair())
}

/// Opens the file to read; nothing where its writer was killed, and only a writer can put it in
/// order.
fn try_to_read(path: &Path) -> Result<Option<Reader>, DatabaseError> {
    let file = File::open(path)?;
    let identity = Identity::of(path, &file)?;
    read_through(Backend::new(file)?, identity)
}

/// Opens the file to read where it can't be put in order because of `error`: its latest commit is what
/// it was, which is looked at here. Nothing where another process writes meanwhile.
fn as_it_is(path: &Path, error: DatabaseError) -> Result<Option<Reader>, DatabaseError> {
    let file = File::open(path)?;
    let identity = Identity::of(path, &file)?;
    let backend = Backend::new(file)?;
    let header = backend.header()?;
    if let Err(damage) = check(&backend) {
        return if backend.header()? == header {
            Err(damage)
        } else {
            Ok(None)
        };
    }
    match read_through(backend.checked(), identity)? {
        Some(reader) => Ok(Some(reader)),
        None => Err(error),
    }
}

fn read_through(backend: Backend, identity: Identity) -> Result<Option<Reader>, DatabaseError> {
    match builder().open_read_only_with_backend(backend.clone()) {
        Ok(database) => Ok(Some(Reader {
            database,
            backend,
            identity,
        })),
        Err(DatabaseError::RepairAborted) => Ok(None),
        Err(error) => Err(error),
    }
}

fn put_in_order(path: &Path) -> Result<(), DatabaseError> {
    builder().open(path).and_then(Database::close)
}

/// The directory that is made where it is not there, of all that a path may name.
const DIRECTORY: &str = ".featurestore";

/// Makes the default's own directory.
fn make_directory(path: &FilePath) -> Result<(), OnlineError> {
    let directory = path.as_path().parent();
    let missing = directory.filter(|it| !it.as_os_str().is_empty() && !it.exists());
    let Some(directory) = missing else {
        return Ok(());
    };
    if directory.file_name().is_none_or(|name| name != DIRECTORY) {
        return Err(path.without_directory(directory));
    }
    match std::fs::create_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let above = directory.parent().unwrap_or(directory);
            Err(path.without_directory(above))
        }
        // Another one may have been faster.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(path.open_failure(error.into()))
        }
        _ => Ok(()),
    }
}

/// Opens the file to write.
pub(super) fn to_write(path: &FilePath) -> Result<Writer, OnlineError> {
    let failed = |error: io::Error| path.open_failure(error.into());
    if !exists(path)? {
        make_directory(path)?;
        create(path.as_path()).map_err(|error| path.open_failure(error))?;
    }
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path.as_path());
    let file = file.map_err(failed)?;
    let identity = Identity::of(path.as_path(), &file).map_err(failed)?;
    let backend = Backend::open(path.as_path()).map_err(|error| path.open_failure(error))?;
    check_closed(path, &backend)?;
    let database = FileBackend::new(file)
        .and_then(|file| builder().create_with_backend(file))
        .map_err(|error| path.open_failure(error))?;
    Ok(Writer { database, identity })
}

/// Whether there is a file. One without anything in it never was a store.
fn exists(path: &FilePath) -> Result<bool, OnlineError> {
    match std::fs::metadata(path.as_path()) {
        Ok(metadata) if metadata.is_file() && metadata.len() == 0 => Err(path.emptied()),
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(path.open_failure(error.into())),
    }
}

/// Makes the file, for its owner alone. It comes to its path when it is whole, and never over
/// another.
fn create(path: &Path) -> Result<(), DatabaseError> {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let mut new = path.as_os_str().to_owned();
    new.push(format!(".new-{}-{number}", std::process::id()));
    let new = PathBuf::from(new);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = options
        .open(&new)
        .map_err(DatabaseError::from)
        .and_then(FileBackend::new)
        .and_then(|file| builder().create_with_backend(file))
        .and_then(Database::close)
        .and_then(|()| match std::fs::hard_link(&new, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            // Not every file system has links.
            Err(_) if !path.exists() => Ok(std::fs::rename(&new, path)?),
            linked => Ok(linked?),
        });
    // It is gone already where it was renamed.
    let _ = std::fs::remove_file(&new);
    made
}

/// Looks through a file that is small and that nobody writes to; who writes has done it before.
fn check_closed(path: &FilePath, file: &Backend) -> Result<(), OnlineError> {
    let failed = |error: io::Error| path.open_failure(error.into());
    let header = file.header().map_err(failed)?;
    if !is_closed(&header) || file.length().map_err(failed)? > CHECKED {
        return Ok(());
    }
    match check(file) {
        // Whatever else begins to write then says what it finds.
        Err(error) if file.header().is_ok_and(|now| now == header) => Err(path.open_failure(error)),
        _ => Ok(()),
    }
}

/// Looks through the whole file, whoever writes to it and however long it is.
pub(super) fn check_whole(path: &FilePath) -> Result<(), OnlineError> {
    let Some(Reader { backend, .. }) = unchecked_to_read(path, PATIENCE)? else {
        return Ok(());
    };
    let failed = |error: io::Error| path.open_failure(error.into());
    for _ in 0..CHECKS {
        let header = backend.header().map_err(failed)?;
        match check(&backend) {
            Ok(()) => return Ok(()),
            Err(error) if backend.header().map_err(failed)? == header => {
                return Err(path.open_failure(error));
            }
            // A commit since may have used the space of what that one replaced.
            Err(_) => {}
        }
    }
    Err(path.unchecked())
}

#[cfg(test)]
mod tests {
    use redb::ReadableDatabase as _;

    use super::super::snapshot::TABLE;
    use super::*;

    /// A file whose writer was killed after it wrote a row.
    fn of_a_killed_writer(directory: &Path) -> PathBuf {
        let (open, killed) = (directory.join("open"), directory.join("killed"));
        let database = builder().create(&open).unwrap();
        let transaction = database.begin_write().unwrap();
        let mut table = transaction.open_table(TABLE).unwrap();
        table.insert(&b"key"[..], &b"value"[..]).unwrap();
        drop(table);
        transaction.commit().unwrap();
        std::fs::copy(&open, &killed).unwrap();
        killed
    }

    #[test]
    fn a_file_that_was_put_in_order_is_read_however_long_that_took() {
        let directory = tempfile::tempdir().unwrap();
        let path = FilePath::new(of_a_killed_writer(directory.path()));
        assert!(try_to_read(path.as_path()).unwrap().is_none());
        // All of the patience is at its end when the file is in order.
        let reader = to_read(&path, Duration::ZERO).unwrap().unwrap();
        let transaction = reader.database.begin_read().unwrap();
        let table = transaction.open_table(TABLE).unwrap();
        assert_eq!(
            table.get(&b"key"[..]).unwrap().unwrap().value(),
            &b"value"[..]
        );
    }

    #[test]
    fn a_file_that_another_one_puts_in_order_says_so() {
        let directory = tempfile::tempdir().unwrap();
        let killed = of_a_killed_writer(directory.path());
        let path = FilePath::new(killed.clone());
        let (sender, text) = std::sync::mpsc::channel();
        let mut at_it = builder();
        at_it.set_repair_callback(move |_| {
            let error = to_read(&path, Duration::ZERO).err().unwrap();
            sender.send(error.to_string()).unwrap();
        });
        drop(at_it.open(&killed).unwrap());
        let text = text.recv().unwrap();
        assert!(
            text.contains("another process has been putting it in order"),
            "{text}"
        );
    }

    #[test]
    fn a_page_of_the_latest_commit_that_changed_is_noticed_though_the_commit_before_is_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = FilePath::new(directory.path().join("online.redb"));
        let writer = to_write(&path).unwrap();
        for value in [&b"value of the first"[..], b"value of the second"] {
            let transaction = writer.database.begin_write().unwrap();
            let mut table = transaction.open_table(TABLE).unwrap();
            table.insert(&b"key"[..], value).unwrap();
            drop(table);
            transaction.commit().unwrap();
        }
        writer.database.close().unwrap();
        to_read(&path, Duration::ZERO).unwrap().unwrap();
        let mut bytes = std::fs::read(path.as_path()).unwrap();
        let second = b"value of the second";
        let offsets = (0..bytes.len() - second.len())
            .filter(|start| bytes[*start..].starts_with(second))
            .collect::<Vec<_>>();
        assert!(!offsets.is_empty());
        for start in offsets {
            bytes[start] = b'V';
        }
        std::fs::write(path.as_path(), bytes).unwrap();
        for error in [
            to_read(&path, Duration::ZERO).err().unwrap(),
            to_write(&path).err().unwrap(),
            check_whole(&path).unwrap_err(),
        ] {
            let text = error.to_string();
            assert!(text.contains("it is damaged"), "{text}");
        }
    }

    #[test]
    fn a_file_of_any_length_is_looked_through_while_others_write_to_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = FilePath::new(directory.path().join("online.redb"));
        let writer = to_write(&path).unwrap();
        check_whole(&path).unwrap();
        drop(writer);
        check_whole(&path).unwrap();
    }
}
