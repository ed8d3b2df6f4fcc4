//! The retrieval service, request by request and over a socket.

#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

#[path = "../../src/watch/declarations.rs"]
mod declarations;

mod answers;
mod failures;
mod feast;
mod hostile;
mod rejections;
mod socket;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Response, StatusCode};
use featurestore_tests::MemoryStore;
use serde_json::Value as Json;
use tower::ServiceExt;

/// The service over the tests' rows.
struct Service {
    memory: Arc<MemoryStore>,
    router: Router,
}

impl Service {
    async fn start() -> Self {
        let memory = Arc::new(MemoryStore::default());
        declarations::fill(&memory).await.unwrap();
        let store = declarations::builder(&memory).open().await.unwrap();
        Self {
            memory,
            router: featurestore::http::router(store),
        }
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, Response<()>, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
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

/// The parts of a failure, which has them and nothing else.
fn error((status, body): (u16, String)) -> (u16, String, String) {
    let json: Json = serde_json::from_str(&body).unwrap();
    let error = &json["error"];
    let text = |name: &str| error[name].as_str().unwrap().to_owned();
    assert_eq!(json.as_object().unwrap().len(), 1, "{body}");
    assert_eq!(error.as_object().unwrap().len(), 2, "{body}");
    (status, text("code"), text("message"))
}
