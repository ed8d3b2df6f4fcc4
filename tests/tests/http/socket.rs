use std::net::SocketAddr;
use std::sync::Arc;

use featurestore::FeatureStore;
use featurestore::http::{ServeError, Server};
use featurestore_tests::MemoryStore;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::declarations;

async fn store() -> FeatureStore {
    let memory = Arc::new(MemoryStore::default());
    declarations::fill(&memory).await.unwrap();
    declarations::builder(&memory).open().await.unwrap()
}

async fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn post(body: &str) -> String {
    format!(
        "POST /get-online-features HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn a_server_on_a_free_port_answers_until_it_is_told_to_stop() {
    let server = Server::bind(store().await, "127.0.0.1:0").await.unwrap();
    let address = server.local_addr();
    assert_ne!(address.port(), 0);
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    let answer = ask(
        address,
        &post(r#"{"user_id": "8a2f", "service": "watch_next"}"#),
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(
        answer.ends_with(r#"{"user_id":"8a2f","features":{"user_segment":"power_user","watch_count_30d":47,"last_genre":"documentary"}}"#),
        "{answer}"
    );
    let answer = ask(address, &post(&" ".repeat(3 << 20))).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");

    // A connection that is idle, and one in the middle of a request, do not keep it.
    let idle = TcpStream::connect(address).await.unwrap();
    let mut taken = TcpStream::connect(address).await.unwrap();
    let request = post(r#"{"user_id": "8a2f", "service": "watch_next"}"#);
    taken.write_all(&request.as_bytes()[..120]).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    stop.send(()).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert!(TcpStream::connect(address).await.is_err());
    taken.write_all(&request.as_bytes()[120..]).await.unwrap();
    let mut answer = String::new();
    taken.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    running.await.unwrap().unwrap();
    drop(idle);
}

#[tokio::test]
async fn a_busy_port_names_the_address_and_the_way_out() {
    let store = store().await;
    let first = Server::bind(store.clone(), "127.0.0.1:0").await.unwrap();
    let address = first.local_addr().to_string();
    let error = Server::bind(store.clone(), &address).await.unwrap_err();
    assert!(matches!(error, ServeError::InUse { .. }));
    assert_eq!(
        error.to_string(),
        format!(
            "{address} is in use by another program; stop that one, or choose another address with --listen (with port 0, a free one is picked)"
        )
    );
    for address in ["6566", "127.0.0.1", "127.0.0.1:99999", "192.0.2.1:0", ""] {
        let message = Server::bind(store.clone(), address)
            .await
            .unwrap_err()
            .to_string();
        assert!(
            message.starts_with(&format!("can't listen on `{address}`: "))
                && message.ends_with("write HOST:PORT, as in 127.0.0.1:6566"),
            "{message}"
        );
    }
}
