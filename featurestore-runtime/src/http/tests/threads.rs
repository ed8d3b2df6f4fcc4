//! Which thread answers.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::http::HttpSettings;
use crate::http::threads::Threads;

/// Opens a connection and says on which thread it is answered.
async fn open(address: SocketAddr) -> (String, TcpStream) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let thread = ask(&mut stream).await;
    (thread, stream)
}

async fn ask(stream: &mut TcpStream) -> String {
    let request = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 1_000];
    let length = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer[..length].to_vec()).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

fn counts(connections: &[(String, TcpStream)]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for (thread, _) in connections {
        *counts.entry(thread.clone()).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn a_connection_stays_on_one_thread_and_new_ones_go_to_the_thread_with_the_fewest() {
    let world = World::new();
    let name = || async { std::thread::current().name().unwrap_or_default().to_owned() };
    let router = Router::new().route("/", get(name));
    let settings = HttpSettings::new().workers(NonZeroUsize::new(3).unwrap());
    let (threads, ended) = Threads::start(&router, &world.serving, &settings).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let taking = tokio::spawn(async move {
        let taking = std::pin::pin!(threads.take_from(listener));
        let stopped = std::pin::pin!(stopped);
        futures_util::future::select(taking, stopped).await;
        threads.stop(Duration::from_secs(1));
    });

    let mut connections = Vec::new();
    for _ in 0..6 {
        connections.push(open(address).await);
    }
    let even: BTreeMap<String, usize> = (0..3).map(|index| (format!("http-{index}"), 2)).collect();
    assert_eq!(counts(&connections), even);
    for (thread, stream) in &mut connections {
        assert_eq!(ask(stream).await, *thread);
    }

    connections.retain(|(thread, _)| thread != "http-1");
    // Until the thread has seen the ends of its connections.
    tokio::time::sleep(Duration::from_millis(200)).await;
    for _ in 0..2 {
        connections.push(open(address).await);
    }
    assert_eq!(counts(&connections), even);

    stop.send(()).unwrap();
    taking.await.unwrap();
    let all = tokio::time::timeout(Duration::from_secs(10), ended.all());
    all.await.unwrap().unwrap();
}
