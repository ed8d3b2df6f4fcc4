//! What is beneath an error can be asked for.

use std::error::Error;
use std::io::ErrorKind;

use featurestore::online::{EmbeddedStore, OnlineError, OnlineStore, RedisStore};

use super::rows::{address, row, write};

/// The kind of the error of input or output that is beneath.
fn kind(error: &OnlineError) -> Option<ErrorKind> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            return Some(error.kind());
        }
        source = error.source();
    }
    None
}

#[tokio::test]
async fn a_server_that_is_not_there_refuses_the_connection() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let store = RedisStore::new(format!("redis://:secret@{address}")).unwrap();
    let error = store.ping().await.unwrap_err();
    assert_eq!(kind(&error), Some(ErrorKind::ConnectionRefused), "{error}");
    assert!(!format!("{error:?}").contains("secret"));
}

#[tokio::test]
async fn a_file_that_can_not_be_made_says_why() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let store = EmbeddedStore::new(file.join("online.redb"));
    let rows = [write(&address("p", "a"), "v", &row((1, None), b"x"))];
    let error = store.write(&rows).await.unwrap_err();
    let found = kind(&error);
    let expected = [ErrorKind::NotADirectory, ErrorKind::AlreadyExists];
    assert!(
        found.is_some_and(|kind| expected.contains(&kind)),
        "{found:?}"
    );
}

#[test]
fn a_certificate_that_is_not_there_is_not_found() {
    let error = RedisStore::new("rediss://localhost?ca=/nowhere/ca.pem").unwrap_err();
    assert_eq!(kind(&error), Some(ErrorKind::NotFound), "{error}");
}
