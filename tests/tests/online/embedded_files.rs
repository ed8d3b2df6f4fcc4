//! The embedded store's file when something else changes, replaces or removes it.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use featurestore::online::{Address, EmbeddedStore, EntityRead, OnlineError, OnlineStore};
use featurestore::testing::Numbers;
use tempfile::TempDir;

use super::rows::{address, read_one, row, write};

fn directory() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("online.redb");
    (directory, path)
}

/// A file with one row of this time.
async fn store_of(path: &Path, time: i64) -> Bytes {
    let stored = row((time, None), b"x");
    let rows = [write(&address("p", "a"), "v", &stored)];
    EmbeddedStore::new(path).write(&rows).await.unwrap();
    stored
}

fn assert_file_error(error: &OnlineError, path: &Path, words: &str) {
    let text = error.to_string();
    assert!(matches!(error, OnlineError::File { .. }), "{text}");
    assert!(text.contains(&path.display().to_string()), "{text}");
    assert!(text.contains(words), "{text}");
}

#[tokio::test]
async fn a_file_that_is_replaced_is_the_one_that_is_read_from_then_on() {
    let (directory, path) = directory();
    let first = store_of(&path, 1).await;
    let reader = EmbeddedStore::new(&path);
    let a = address("p", "a");
    assert_eq!(read_one(&reader, &a, "v").await.as_ref(), Some(&first));
    let other = directory.path().join("other.redb");
    let second = store_of(&other, 2).await;
    std::fs::rename(&other, &path).unwrap();
    // Who asks whether it is ready knows at once.
    reader.ping().await.unwrap();
    assert_eq!(read_one(&reader, &a, "v").await.as_ref(), Some(&second));
    let third = store_of(&other, 3).await;
    std::fs::rename(&path, directory.path().join("away.redb")).unwrap();
    std::fs::rename(&other, &path).unwrap();
    // Who only reads does soon.
    while read_one(&reader, &a, "v").await.as_ref() == Some(&second) {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(read_one(&reader, &a, "v").await.as_ref(), Some(&third));
}

#[tokio::test]
async fn a_file_that_is_removed_or_emptied_is_an_error_until_there_is_one_again() {
    let (directory, path) = directory();
    let stored = store_of(&path, 1).await;
    let reader = EmbeddedStore::new(&path);
    let a = address("p", "a");
    assert!(read_one(&reader, &a, "v").await.is_some());
    let away = directory.path().join("away.redb");
    std::fs::rename(&path, &away).unwrap();
    let rows = [write(&a, "v", &stored)];
    for error in [
        reader.ping().await.unwrap_err(),
        reader.layouts("p").await.unwrap_err(),
        reader.write(&rows).await.unwrap_err(),
    ] {
        assert_file_error(&error, &path, "put it back");
    }
    assert!(!path.exists());
    std::fs::write(&path, "").unwrap();
    for store in [&reader, &EmbeddedStore::new(&path)] {
        for error in [
            store.ping().await.unwrap_err(),
            store.layouts("p").await.unwrap_err(),
            store.write(&rows).await.unwrap_err(),
        ] {
            assert_file_error(&error, &path, "it is empty");
        }
    }
    std::fs::rename(&away, &path).unwrap();
    reader.ping().await.unwrap();
    assert_eq!(read_one(&reader, &a, "v").await, Some(stored));
}

#[tokio::test]
async fn what_goes_to_a_file_that_was_removed_or_replaced_is_not_taken_for_written() {
    let (directory, path) = directory();
    let (writer, a) = (EmbeddedStore::new(&path), address("p", "a"));
    let rows = |time| [write(&a, "v", &row((time, None), b"x"))];
    writer.write(&rows(1)).await.unwrap();
    let other = directory.path().join("other.redb");
    let second = store_of(&other, 2).await;
    std::fs::rename(&other, &path).unwrap();
    let error = writer.write(&rows(3)).await.unwrap_err();
    assert_file_error(&error, &path, "materialize again");
    assert_eq!(read_one(&writer, &a, "v").await, Some(second));
    writer.write(&rows(4)).await.unwrap();
    assert_eq!(
        read_one(&EmbeddedStore::new(&path), &a, "v").await,
        Some(row((4, None), b"x"))
    );
    std::fs::remove_file(&path).unwrap();
    let error = writer.ping().await.unwrap_err();
    assert_file_error(&error, &path, "put it back");
    for _ in 0..2 {
        let error = writer.write(&rows(5)).await.unwrap_err();
        assert_file_error(&error, &path, "materialize again");
        assert!(!path.exists());
    }
}

#[tokio::test]
async fn a_file_of_zeros_is_an_error() {
    let (_directory, path) = directory();
    store_of(&path, 1).await;
    let length = std::fs::metadata(&path).unwrap().len();
    std::fs::write(&path, vec![0; usize::try_from(length).unwrap()]).unwrap();
    let store = EmbeddedStore::new(&path);
    for error in [
        store.ping().await.unwrap_err(),
        store.check().await.unwrap_err(),
        store
            .write(&[write(&address("p", "a"), "v", &row((2, None), b"x"))])
            .await
            .unwrap_err(),
    ] {
        assert_file_error(&error, &path, "move it away and materialize again");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let (directory, path) = directory();
    store_of(&path, 1).await;
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{mode:o}");
    let names = std::fs::read_dir(directory.path()).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["online.redb"]);
}

const KEYS: usize = 600;

fn addresses() -> Vec<Address> {
    let address = |key: usize| address("p", &key.to_string());
    (0..KEYS).map(address).collect()
}

/// What every key has.
fn stored() -> Bytes {
    row((1, None), &[b'x'; 100])
}

/// Reads every key.
async fn read_all(store: &EmbeddedStore) -> Result<Vec<Vec<Option<Bytes>>>, OnlineError> {
    let addresses = addresses();
    let reads: Vec<_> = addresses
        .iter()
        .map(|address| EntityRead::new(address, &["v"]))
        .collect();
    store.read(&reads).await
}

/// A page of bytes that are others, of zeros, of another place, one bit, or an end cut off.
fn damage(sound: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut damaged = sound.to_vec();
    let mut below = |bound: usize| usize::try_from(numbers.below(bound as u64)).unwrap();
    let start = below(sound.len());
    let end = sound.len().min(start + 4096);
    match below(6) {
        0 => damaged.truncate(start),
        1 => damaged[start..end].fill(0),
        2 => damaged[start] ^= 1 << below(8),
        3 => {
            let from = below(sound.len() - (end - start));
            damaged.copy_within(from..from + (end - start), start);
        }
        4 => {
            // Where most of what is read first stands.
            let start = below(64 * 1024);
            damaged[start] ^= 1 << below(8);
        }
        _ => {
            for byte in &mut damaged[start..end] {
                *byte = u8::try_from(below(256)).unwrap();
            }
        }
    }
    damaged
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_damaged_anywhere_gives_what_was_stored_or_an_error() {
    let (_directory, path) = directory();
    let rows: Vec<_> = addresses()
        .iter()
        .map(|address| write(address, "v", &stored()))
        .collect();
    let store = EmbeddedStore::new(&path);
    store.write(&rows[..KEYS / 2]).await.unwrap();
    store.write(&rows).await.unwrap();
    drop(store);
    let sound = std::fs::read(&path).unwrap();
    let mut numbers = Numbers::seeded(3);
    let mut failed = 0;
    for round in 0..200 {
        std::fs::write(&path, damage(&sound, &mut numbers)).unwrap();
        let store = EmbeddedStore::new(&path);
        match read_all(&store).await {
            Ok(found) => {
                let wrong = found
                    .iter()
                    .filter(|rows| rows[0] != Some(stored()))
                    .count();
                assert_eq!(wrong, 0, "of {KEYS} in round {round}");
                store.check().await.unwrap();
            }
            Err(error) => {
                failed += 1;
                assert!(matches!(error, OnlineError::File { .. }), "{error}");
                store.check().await.unwrap_err();
            }
        }
        let written = store.write(&rows[..10]).await.err();
        let deleted = store.delete_project("p").await.err();
        for error in [written, deleted].into_iter().flatten() {
            assert!(matches!(error, OnlineError::File { .. }), "{error}");
        }
    }
    println!("{failed} of 200 are errors");
    assert!(failed > 0);
}
