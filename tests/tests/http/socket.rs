use std::time::Duration;

use featurestore::http::{HttpSettings, ServeError, Server};
use featurestore_tests::memory::Mood;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{BODY, Running, post, read_all, store};

#[tokio::test]
async fn a_server_on_a_free_port_answers_until_it_is_told_to_stop() {
    let running = Running::start(HttpSettings::new()).await;
    assert_ne!(running.address.port(), 0);
    let answer = running.ask(&post(BODY)).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(
        answer.ends_with(r#"{"user_id":"8a2f","features":{"user_segment":"power_user","watch_count_30d":47,"last_genre":"documentary"}}"#),
        "{answer}"
    );

    // A connection that is idle, and one in the middle of a request, do not keep it.
    let idle = running.connect().await;
    let mut taken = running.connect().await;
    let request = post(BODY).replace("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n");
    let (head, body) = request.split_at(request.find("\r\n\r\n").unwrap() + 4);
    taken.write_all(head.as_bytes()).await.unwrap();
    // The server has the head and wants the body.
    let expected = "HTTP/1.1 100 Continue\r\n\r\n";
    let mut answer = vec![0; expected.len()];
    taken.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, expected.as_bytes());
    running.stop.send(()).unwrap();
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    taken.write_all(body.as_bytes()).await.unwrap();
    let answer = read_all(&mut taken).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    running.task.await.unwrap().unwrap();
    drop(idle);
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request() {
    let running = Running::start(HttpSettings::new()).await;
    let mut stream = running.connect().await;
    for _ in 0..3 {
        let request = post(BODY).replace("connection: close\r\n", "");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut part = [0; 4096];
        let length = stream.read(&mut part).await.unwrap();
        let answer = String::from_utf8_lossy(&part[..length]);
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.ends_with("}}"), "{answer}");
    }
}

#[tokio::test]
async fn who_shuts_its_half_after_a_request_gets_the_answer() {
    let settings = HttpSettings::new().request_time(Duration::from_millis(200));
    let running = Running::start(settings).await;
    // The answer is not there yet when the server learns that nothing more comes.
    running.memory.set_mood(Mood::Hangs);
    let mut stream = running.connect().await;
    stream.write_all(post(BODY).as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let answer = read_all(&mut stream).await;
    assert!(answer.contains(r#""code":"timeout""#), "{answer}");
}

#[tokio::test]
async fn a_busy_port_names_the_address_and_the_way_out() {
    let (_, store) = store().await;
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
