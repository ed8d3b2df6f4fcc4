//! Redis down, silent, stopped, restarted, refusing, or not Redis at all.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::time::Instant;

use featurestore::online::{EntityRead, OnlineError, OnlineStore, RedisStore, StoredLayout};
use featurestore_tests::redis_server::free_port;
use featurestore_tests::{PATIENCE, RedisServer};
use futures_util::future::join_all;

use super::rows::{address, read_one, row, write};

/// Asks the store for everything that it does, one thing after the other, and gives the errors.
/// None may give the password away.
async fn errors(store: &RedisStore, password: &str) -> Vec<OnlineError> {
    let a = address("p", "a");
    let rows = [write(&a, "v", &row((1, None), b"x"))];
    let read = EntityRead::new(&a, &["v"]);
    let layout = StoredLayout::new("v", 1, "a i64\n");
    let mut errors = Vec::new();
    for call in 0..7 {
        let error = match call {
            0 => store.ping().await.unwrap_err(),
            1 => store.read(&[read]).await.unwrap_err(),
            2 => store.read(&[read, read]).await.unwrap_err(),
            3 => store.write(&rows).await.unwrap_err(),
            4 => store.layouts("p").await.unwrap_err(),
            5 => store.keep_layout("p", &layout).await.unwrap_err(),
            _ => store.delete_project("p").await.unwrap_err(),
        };
        for text in [
            error.to_string(),
            format!("{error:?}"),
            format!("{store:?}"),
        ] {
            assert!(!text.contains(password), "{text}");
        }
        errors.push(error);
    }
    errors
}

fn assert_unreachable(errors: &[OnlineError], port: u16) {
    for error in errors {
        assert!(matches!(error, OnlineError::Unreachable { .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains(&format!("127.0.0.1:{port}")), "{text}");
    }
}

/// Asks until there is an answer, which a busy machine may not give in the time of one call.
async fn wait_for_answer(store: &RedisStore) {
    let begun = Instant::now();
    while let Err(error) = store.ping().await {
        assert!(begun.elapsed() < PATIENCE, "{error}");
    }
}

fn signal(server: &RedisServer, signal: &str) {
    let status = Command::new("kill")
        .args([signal, &server.id().to_string()])
        .status();
    assert!(status.unwrap().success());
}

#[tokio::test]
async fn redis_that_is_down_is_an_error_with_its_address_and_without_its_password() {
    let port = free_port().unwrap();
    let store = RedisStore::new(format!("redis://app:s3cret@127.0.0.1:{port}/2")).unwrap();
    let errors = errors(&store, "s3cret").await;
    assert_unreachable(&errors, port);
    let text = errors[0].to_string();
    assert!(
        text.contains(&format!("redis://app:***@127.0.0.1:{port}/2")),
        "{text}"
    );
    assert!(
        text.contains("refused") && text.contains("start it"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_answers_is_one_error_in_time_for_all_callers() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("redis://:s3cret@127.0.0.1:{port}?connect_timeout=200ms");
    let store = RedisStore::new(url).unwrap();
    let errors = errors(&store, "s3cret").await;
    assert_unreachable(&errors, port);
    for error in errors {
        let text = error.to_string();
        assert!(text.contains("connecting took longer than 0.2 s"), "{text}");
    }
    listener.set_nonblocking(true).unwrap();
    let connections = || listener.incoming().map_while(Result::ok).count();
    assert_eq!(connections(), 7, "one for each call");
    // One of them connects, and what it gets is the others' answer too.
    for answer in join_all((0..20).map(|_| store.ping())).await {
        answer.unwrap_err();
    }
    assert_eq!(connections(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_that_stops_in_use_is_an_error_and_is_used_again_when_it_goes_on() {
    let server = RedisServer::start().unwrap();
    let store = RedisStore::new(format!("{}?command_timeout=500ms", server.url())).unwrap();
    wait_for_answer(&store).await;
    signal(&server, "-STOP");
    // They come while it is stopped: nothing lets it go on before.
    let errors = errors(&store, "no password").await;
    signal(&server, "-CONT");
    assert_unreachable(&errors, server.port());
    wait_for_answer(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_that_is_killed_is_an_error_and_a_restart_is_picked_up() {
    let mut server = RedisServer::start().unwrap();
    let store = RedisStore::new(server.url()).unwrap();
    let (a, stored) = (address("p", "a"), row((1, None), b"x"));
    for _ in 0..2 {
        store.write(&[write(&a, "v", &stored)]).await.unwrap();
        assert_eq!(read_one(&store, &a, "v").await.as_ref(), Some(&stored));
        server.kill().unwrap();
        assert_unreachable(&errors(&store, "no password").await, server.port());
        server.restart().unwrap();
        assert_eq!(read_one(&store, &a, "v").await, None);
    }
    // A restart between two calls costs neither of them.
    server.restart().unwrap();
    store.write(&[write(&a, "v", &stored)]).await.unwrap();
    server.restart().unwrap();
    assert_eq!(read_one(&store, &a, "v").await, None);
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_the_right_one_is_not() {
    let server = RedisServer::start_with(&["--requirepass", "r1ght"]).unwrap();
    let url = |credentials: &str| server.url().replace("://", &format!("://{credentials}"));
    for (credentials, words) in [
        (":wr0ng@", "the password"),
        ("nobody:r1ght@", "the password"),
        ("", "NOAUTH"),
    ] {
        let store = RedisStore::new(url(credentials)).unwrap();
        for error in errors(&store, "r1ght").await {
            let text = error.to_string();
            assert!(matches!(error, OnlineError::Refused { .. }), "{text}");
            assert!(text.contains(words) && !text.contains("wr0ng"), "{text}");
        }
    }
    for credentials in [":r1ght@", "default:r1ght@"] {
        let store = RedisStore::new(url(credentials)).unwrap();
        store.ping().await.unwrap();
        assert!(!store.location().contains("r1ght"), "{store:?}");
    }
    let socket = format!("{}?pass=r1ght&db=1", server.unix_url());
    let store = RedisStore::new(socket).unwrap();
    store.ping().await.unwrap();
    assert!(!store.location().contains("r1ght"), "{store:?}");
}

#[tokio::test]
async fn databases_are_apart_and_reached_over_any_kind_of_connection() {
    let server = RedisServer::start().unwrap();
    let urls = [
        format!("{}/3", server.url()),
        format!("{}?db=3", server.unix_url()),
        format!("{}/3?protocol=resp3", server.url()),
        server.url(),
    ];
    let stores = urls.map(|url| RedisStore::new(url).unwrap());
    let (a, stored) = (address("p", "a"), row((1, None), b"x"));
    stores[0].write(&[write(&a, "v", &stored)]).await.unwrap();
    let layout = StoredLayout::new("v", 1, "a i64\n");
    stores[0].keep_layout("p", &layout).await.unwrap();
    for store in &stores[..3] {
        assert_eq!(read_one(store, &a, "v").await.as_ref(), Some(&stored));
        let layouts = store.layouts("p").await.unwrap();
        assert_eq!(layouts, std::slice::from_ref(&layout));
    }
    assert_eq!(read_one(&stores[3], &a, "v").await, None);
    assert_eq!(stores[3].delete_project("p").await.unwrap(), 0);
    assert_eq!(stores[2].delete_project("p").await.unwrap(), 1);
    let error = RedisStore::new(format!("{}/99", server.url()));
    let error = error.unwrap().ping().await.unwrap_err();
    assert!(matches!(error, OnlineError::Refused { .. }), "{error}");
}

#[tokio::test]
async fn what_someone_else_stored_under_a_key_is_named() {
    let server = RedisServer::start().unwrap();
    let store = RedisStore::new(server.url()).unwrap();
    let a = address("p", "a");
    let mut other = redis::Client::open(server.url())
        .unwrap()
        .get_connection()
        .unwrap();
    for key in [a.as_bytes(), b"p::layouts"] {
        redis::cmd("SET")
            .arg(key)
            .arg("x")
            .exec(&mut other)
            .unwrap();
    }
    let mut errors = errors_but_ping_and_delete(&store).await;
    redis::cmd("DEL")
        .arg("p::layouts")
        .exec(&mut other)
        .unwrap();
    redis::cmd("HSET")
        .arg("p::layouts")
        .arg(&[("no layout", "x")])
        .exec(&mut other)
        .unwrap();
    errors.push(store.layouts("p").await.unwrap_err());
    for error in errors {
        assert!(matches!(error, OnlineError::Foreign { .. }), "{error}");
    }
}

async fn errors_but_ping_and_delete(store: &RedisStore) -> Vec<OnlineError> {
    let (a, b) = (address("p", "a"), address("p", "b"));
    let rows = [&b, &a, &b].map(|address| write(address, "v", &row((1, None), b"x")));
    let read = |address| EntityRead::new(address, &["v"]);
    let layout = StoredLayout::new("v", 1, "a i64\n");
    vec![
        store.read(&[read(&a)]).await.unwrap_err(),
        store.read(&[read(&b), read(&a)]).await.unwrap_err(),
        store.write(&rows).await.unwrap_err(),
        store.layouts("p").await.unwrap_err(),
        store.keep_layout("p", &layout).await.unwrap_err(),
    ]
}

#[tokio::test]
async fn a_server_that_is_not_redis_is_named_as_such() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let store = RedisStore::new(format!("redis://:s3cret@127.0.0.1:{port}")).unwrap();
    for error in errors(&store, "s3cret").await {
        let text = error.to_string();
        assert!(text.contains("not Redis"), "{text}");
        assert!(text.contains(&port.to_string()), "{text}");
    }
}

#[tokio::test]
async fn a_server_that_repeats_the_password_is_not_quoted() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let greeted = stream.read(&mut [0; 1024]).unwrap();
        assert!(greeted > 0);
        stream.write_all(b"+OK\r\n+OK\r\n+OK\r\n").unwrap();
        while stream.read(&mut [0; 1024]).unwrap() > 0 {
            stream
                .write_all(b"-ERR unknown command, with args beginning with: 's3cret'\r\n")
                .unwrap();
        }
    });
    let store = RedisStore::new(format!("redis://:s3cret@127.0.0.1:{port}")).unwrap();
    let text = store.ping().await.unwrap_err().to_string();
    assert!(text.contains("arguments that are left out"), "{text}");
    assert!(!text.contains("s3cret"), "{text}");
}

#[test]
fn an_address_that_is_not_one_is_an_error_without_its_password() {
    for url in [
        "",
        "localhost:6379",
        "http://:s3cret@localhost",
        "redis://",
        "redis://:s3cret@localhost/notanumber",
        "redis://:s3cret@localhost:port",
        "redis://:s3cret/@localhost",
        "redis+unix:///socket?pass=s3cret&db=x",
        "redis://:s3cret@localhost?protocol=resp9",
    ] {
        let error = RedisStore::new(url).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, OnlineError::Url { .. }), "{url}: {text}");
        assert!(!text.contains("s3cret"), "{text}");
        assert!(text.contains("write redis://HOST"), "{text}");
    }
}
