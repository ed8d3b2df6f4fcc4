//! The retrieval service, request by request and over a socket.

#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

#[path = "../../src/watch/declarations.rs"]
mod declarations;

mod answers;
mod connections;
mod failures;
mod feast;
mod hostile;
mod limits;
mod logs;
mod operations;
mod rejections;
mod security;
mod socket;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Response, StatusCode};
use featurestore::FeatureStore;
use featurestore::http::{HttpSettings, ServeError};
use featurestore_tests::MemoryStore;
use serde_json::Value as Json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower::ServiceExt;

/// The service over the tests' rows.
struct Service {
    memory: Arc<MemoryStore>,
    router: Router,
}

impl Service {
    async fn start() -> Self {
        let (memory, store) = store().await;
        Self {
            memory,
            router: HttpSettings::new().router(store).unwrap(),
        }
    }

    async fn with(settings: HttpSettings) -> Self {
        let (memory, store) = store().await;
        Self {
            memory,
            router: settings.router(store).unwrap(),
        }
    }

    /// Any request, its answer as it comes.
    async fn raw(&self, request: Request<Body>) -> Response<Vec<u8>> {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Response::from_parts(parts, body.to_vec())
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, Response<()>, String) {
        let (parts, body) = self.raw(request).await.into_parts();
        let body = String::from_utf8(body).unwrap();
        assert_eq!(
            parts.headers.get("content-type").unwrap(),
            "application/json",
            "{body}"
        );
        (parts.status, Response::from_parts(parts, ()), body)
    }

    async fn call(&self, method: Method, path: &str, body: impl Into<Body>) -> (u16, String) {
        let request = Request::builder().method(method).uri(path);
        let (status, _, body) = self.send(request.body(body.into()).unwrap()).await;
        (status.as_u16(), body)
    }

    /// Posts a request for features; the answer must be one.
    async fn post(&self, body: &str) -> String {
        let (status, answer) = self
            .call(Method::POST, "/get-online-features", body.to_owned())
            .await;
        assert_eq!(status, 200, "{body}: {answer}");
        answer
    }

    /// Posts a request that must fail: its status, its code and its message.
    async fn refuse(&self, body: impl Into<Body>) -> (u16, String, String) {
        let answer = self
            .call(Method::POST, "/get-online-features", body.into())
            .await;
        error(answer)
    }

    async fn get(&self, path: &str) -> (u16, String) {
        self.call(Method::GET, path, Body::empty()).await
    }
}

async fn store() -> (Arc<MemoryStore>, FeatureStore) {
    let memory = Arc::new(MemoryStore::default());
    declarations::fill(&memory).await.unwrap();
    let store = declarations::builder(&memory).open().await.unwrap();
    (memory, store)
}

/// A server on a free port of this machine.
struct Running {
    memory: Arc<MemoryStore>,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), ServeError>>,
}

impl Running {
    async fn start(settings: HttpSettings) -> Self {
        let (memory, store) = store().await;
        let server = settings.bind(store, "127.0.0.1:0").await.unwrap();
        let address = server.local_addr();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        Self {
            memory,
            address,
            stop,
            task,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends a text and reads until the server closes.
    async fn ask(&self, request: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        read_all(&mut stream).await
    }
}

/// Reads until the server closes; what came before it broke the connection.
async fn read_all(stream: &mut TcpStream) -> String {
    let (mut answer, mut part) = (Vec::new(), [0; 4096]);
    while let Ok(length @ 1..) = stream.read(&mut part).await {
        answer.extend_from_slice(&part[..length]);
    }
    String::from_utf8(answer).unwrap()
}

/// The head and body of a request for features, to be answered and then closed.
fn post(body: &str) -> String {
    format!(
        "POST /get-online-features HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

const BODY: &str = r#"{"user_id": "8a2f", "service": "watch_next"}"#;

/// The parts of a failure, which has them and nothing else: an object, or in Feast's form a text
/// that is one.
fn error((status, body): (u16, String)) -> (u16, String, String) {
    let json: Json = serde_json::from_str(&body).unwrap();
    let (error, parts) = match &json {
        Json::String(text) => (serde_json::from_str(text).unwrap(), 4),
        json => {
            assert_eq!(json.as_object().unwrap().len(), 1, "{body}");
            (json["error"].clone(), 2)
        }
    };
    let text = |name: &str| error[name].as_str().unwrap().to_owned();
    assert_eq!(error.as_object().unwrap().len(), parts, "{body}");
    (status, text("code"), text("message"))
}
