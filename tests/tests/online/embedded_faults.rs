//! Files in use, killed writers, files that are no stores.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use featurestore::online::{EmbeddedStore, EntityRead, OnlineError, OnlineStore, Written};
use featurestore::testing::Numbers;
use featurestore_tests::WRITER_KEYS;

use super::rows::{address, read_one, row, stamp, write};

struct Writer(Child);

impl Writer {
    fn signal(&self, signal: &str) {
        let status = Command::new("kill")
            .args([signal, &self.0.id().to_string()])
            .status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// A process that writes to the file, and what it says after each call; it has written when this
/// returns.
fn writer(path: &Path) -> (Writer, impl Fn() -> i64 + use<>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_embedded-writer"))
        .arg(path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (sender, times) = channel();
    std::thread::spawn(move || {
        for line in lines {
            let line = line.unwrap();
            let time = line.strip_prefix("wrote ").unwrap().parse().unwrap();
            if sender.send(time).is_err() {
                return;
            }
        }
    });
    let next = move || times.recv().expect("the writer ended");
    next();
    (Writer(child), next)
}

/// The time that all keys have; an error where they differ.
async fn time_of_all_keys(store: &EmbeddedStore) -> i64 {
    let addresses: Vec<_> = (0..WRITER_KEYS)
        .map(|key| address("p", &key.to_string()))
        .collect();
    let reads: Vec<_> = addresses
        .iter()
        .map(|address| EntityRead::new(address, &["v"]))
        .collect();
    let found = store.read(&reads).await.unwrap();
    let times: Vec<_> = found
        .iter()
        .map(|rows| stamp(rows[0].as_ref().unwrap()).0)
        .collect();
    assert!(times.iter().all(|time| *time == times[0]), "{times:?}");
    times[0]
}

fn assert_in_use(error: &OnlineError, path: &Path) {
    let text = error.to_string();
    assert!(matches!(error, OnlineError::Busy { .. }), "{text}");
    assert!(text.contains(&path.display().to_string()), "{text}");
    assert!(
        text.contains("another process") && text.contains("redis://"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn others_read_while_one_process_writes_and_a_second_writer_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("online.redb");
    let (writer, next) = writer(&path);
    let store = EmbeddedStore::new(&path);
    let first = time_of_all_keys(&store).await;
    let rows = [write(&address("p", "a"), "v", &row((1, None), b"x"))];
    assert_in_use(&store.write(&rows).await.unwrap_err(), &path);
    while next() <= first {}
    assert!(time_of_all_keys(&store).await > first);
    drop(writer);
    assert_eq!(store.write(&rows).await.unwrap(), [Written::Stored]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_is_killed_leaves_whole_batches_and_loses_none() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("online.redb");
    let mut numbers = Numbers::seeded(9);
    let mut last = 0;
    for _ in 0..6 {
        let (writer, _next) = writer(&path);
        std::thread::sleep(Duration::from_millis(numbers.below(60)));
        drop(writer);
        let time = time_of_all_keys(&EmbeddedStore::new(&path)).await;
        assert!(time > last, "{time} after {last}");
        last = time;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_is_stopped_anywhere_holds_up_no_read_for_long() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("online.redb");
    let (writer, _next) = writer(&path);
    let (store, a) = (EmbeddedStore::new(&path), address("p", "0"));
    let read = [EntityRead::new(&a, &["v"])];
    let mut numbers = Numbers::seeded(5);
    let mut last = 0;
    for _ in 0..30 {
        std::thread::sleep(Duration::from_millis(numbers.below(15)));
        writer.signal("-STOP");
        // The answer comes while it is stopped: nothing lets it go on before.
        if let Err(error) = store.read(&read).await {
            let text = error.to_string();
            assert!(text.contains("resume or end that process"), "{text}");
        }
        writer.signal("-CONT");
        let time = time_of_all_keys(&store).await;
        assert!(time >= last, "{time} after {last}");
        last = time;
    }
}

#[tokio::test]
async fn a_file_opened_twice_is_written_through_one_and_read_through_both() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("online.redb");
    let (first, second) = (EmbeddedStore::new(&path), EmbeddedStore::new(&path));
    let (a, stored) = (address("p", "a"), row((1, None), b"x"));
    assert_eq!(read_one(&second, &a, "v").await, None);
    first.write(&[write(&a, "v", &stored)]).await.unwrap();
    assert_eq!(read_one(&second, &a, "v").await.as_ref(), Some(&stored));
    let refused = second.write(&[write(&a, "v", &stored)]).await.unwrap_err();
    assert_in_use(&refused, &path);
    assert_eq!(read_one(&second, &a, "v").await, Some(stored.clone()));
    drop(first);
    second.write(&[write(&a, "w", &stored)]).await.unwrap();
    assert_eq!(read_one(&second, &a, "v").await, Some(stored));
}

#[tokio::test]
async fn a_read_makes_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new/online.redb");
    let store = EmbeddedStore::new(&path);
    store.ping().await.unwrap();
    assert_eq!(read_one(&store, &address("p", "a"), "v").await, None);
    assert_eq!(store.layouts("p").await.unwrap(), []);
    assert_eq!(store.delete_project("p").await.unwrap(), 0);
    assert!(!directory.path().join("new").exists());
}

#[tokio::test]
async fn a_file_that_is_no_store_is_an_error_with_the_way_out() {
    let directory = tempfile::tempdir().unwrap();
    let garbage = directory.path().join("garbage");
    std::fs::write(&garbage, "not a store ".repeat(1000)).unwrap();
    let short = directory.path().join("short");
    std::fs::write(&short, "redb").unwrap();
    let below_a_file = garbage.join("online.redb");
    for path in [
        &garbage,
        &short,
        &below_a_file,
        &directory.path().to_owned(),
    ] {
        let a = address("p", "a");
        let store = EmbeddedStore::new(path);
        let fields = ["v"];
        let read = EntityRead::new(&a, &fields);
        let written = store.write(&[write(&a, "v", &row((1, None), b"x"))]).await;
        let mut errors = vec![written.unwrap_err()];
        errors.extend(store.read(&[read]).await.err());
        errors.extend(store.ping().await.err());
        for error in errors {
            let text = error.to_string();
            assert!(matches!(error, OnlineError::File { .. }), "{text}");
            assert!(text.contains(&path.display().to_string()), "{text}");
            assert!(
                text.contains("move it away") || text.contains("must be a file"),
                "{text}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_writer_was_killed_is_read_by_many_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("online.redb");
    for _ in 0..5 {
        drop(writer(&path));
        let reads = (0..8).map(|_| {
            let store = EmbeddedStore::new(&path);
            tokio::spawn(async move { time_of_all_keys(&store).await })
        });
        let times: Vec<_> = futures_util::future::join_all(reads).await;
        let times: Vec<_> = times.into_iter().map(Result::unwrap).collect();
        assert!(times.iter().all(|time| *time == times[0]), "{times:?}");
    }
}

#[tokio::test]
async fn a_record_of_the_embedded_store_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("online.redb");
    let open = || EmbeddedStore::new(&path);
    let swapped = open().swap_record("p", "x", None, Some("y")).await;
    assert!(swapped.unwrap());
    let store = open();
    assert_eq!(store.record("p", "x").await.unwrap().as_deref(), Some("y"));
    assert!(store.swap_record("p", "x", Some("y"), None).await.unwrap());
    drop(store);
    assert_eq!(open().record("p", "x").await.unwrap(), None);
}
