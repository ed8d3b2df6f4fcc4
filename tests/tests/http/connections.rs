//! Connections over a socket: slow ones, large heads, too many, HTTP/2.

use std::time::{Duration, Instant};

use featurestore::http::HttpSettings;
use featurestore_tests::PATIENCE;
use featurestore_tests::memory::Mood;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{BODY, Running, post, read_all};

fn hurried() -> HttpSettings {
    let time = Duration::from_millis(300);
    HttpSettings::new().head_time(time).request_time(time)
}

#[tokio::test]
async fn a_head_that_comes_too_slowly_ends_its_connection() {
    let running = Running::start(hurried()).await;
    for start in ["", "G", "GET /health HTTP/1.1\r\nhost: local"] {
        let started = Instant::now();
        let mut stream = running.connect().await;
        stream.write_all(start.as_bytes()).await.unwrap();
        let answer = read_all(&mut stream).await;
        assert!(!answer.contains("200 OK"), "{answer}");
        let took = started.elapsed();
        assert!(took >= Duration::from_millis(300), "{took:?}");
    }
    // The second head on a connection as well, sent a byte at a time.
    let mut stream = running.connect().await;
    let head = "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut part = [0; 4096];
    assert!(stream.read(&mut part).await.unwrap() > 0);
    for byte in head.bytes() {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if stream.write_all(&[byte]).await.is_err() {
            break;
        }
    }
    assert!(!read_all(&mut stream).await.contains("200 OK"));
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_503() {
    let running = Running::start(hurried()).await;
    let request = post(BODY);
    let mut stream = running.connect().await;
    stream
        .write_all(&request.as_bytes()[..request.len() - 5])
        .await
        .unwrap();
    let answer = read_all(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains(r#""code":"timeout""#), "{answer}");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_431() {
    let running = Running::start(HttpSettings::new().max_head(10_000)).await;
    let request = |length: usize| {
        let filler = "x".repeat(length);
        format!(
            "GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx: {filler}\r\n\r\n"
        )
    };
    let answer = running.ask(&request(8_000)).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let answer = running.ask(&request(20_000)).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    let many = "a: b\r\n".repeat(1_000);
    let head = format!("GET /health HTTP/1.1\r\nhost: localhost\r\n{many}\r\n");
    let answer = running.ask(&head).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn an_oversize_body_is_413_over_a_socket() {
    let running = Running::start(HttpSettings::new()).await;
    for length in [(1 << 20) + 1, 20 << 20] {
        let answer = running.ask(&post(&" ".repeat(length))).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    }
    // Without a length, and more than fits the sockets' buffers.
    let mut stream = running.connect().await;
    let head = "POST /get-online-features HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    for _ in 0..17 {
        if stream.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    let mut part = [0; 4096];
    let length = stream.read(&mut part).await.unwrap();
    let answer = String::from_utf8_lossy(&part[..length]);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn connections_beyond_the_most_are_closed_at_once() {
    let running = Running::start(HttpSettings::new().max_connections(2)).await;
    let mut kept = Vec::new();
    let request = "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut part = [0; 4096];
    for _ in 0..2 {
        let mut stream = running.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        assert!(stream.read(&mut part).await.unwrap() > 0);
        kept.push(stream);
    }
    let last = request.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
    assert_eq!(running.ask(&last).await, "");
    kept.pop();
    // Some are refused until the server knows that this one has ended.
    let mut refused = 1;
    for path in ["/health", "/metrics"] {
        let request = last.replace("/health", path);
        let begun = Instant::now();
        let answer = loop {
            let answer = running.ask(&request).await;
            if !answer.is_empty() {
                break answer;
            }
            assert!(begun.elapsed() < PATIENCE, "none makes room");
            refused += 1;
        };
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        let counted = format!("\nfeaturestore_http_connections_refused_total {refused}\n");
        assert!(path == "/health" || answer.contains(&counted), "{answer}");
    }
}

#[tokio::test]
async fn http_2_is_answered_without_being_asked_for_first() {
    let running = Running::start(HttpSettings::new()).await;
    let client = reqwest::Client::builder().http2_prior_knowledge();
    let client = client.build().unwrap();
    let url = format!("http://{}/get-online-features", running.address);
    let asks = (0..20).map(|_| client.post(&url).body(BODY).send());
    for answer in futures_util::future::join_all(asks).await {
        let answer = answer.unwrap();
        assert_eq!(
            (answer.version(), answer.status().as_u16()),
            (reqwest::Version::HTTP_2, 200)
        );
        assert!(answer.text().await.unwrap().contains("power_user"));
    }
    let body = " ".repeat((1 << 20) + 1);
    let answer = client.post(&url).body(body).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 413);
    running.stop.send(()).unwrap();
    running.task.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_request_that_was_taken_is_finished_after_the_stop_and_no_longer_than_its_time() {
    let running = Running::start(HttpSettings::new().request_time(Duration::from_secs(1))).await;
    running.memory.set_mood(Mood::Hangs);
    let mut stream = running.connect().await;
    let before = running.memory.calls();
    stream.write_all(post(BODY).as_bytes()).await.unwrap();
    while running.memory.calls() == before {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    running.stop.send(()).unwrap();
    let answer = read_all(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    running.task.await.unwrap().unwrap();
}
