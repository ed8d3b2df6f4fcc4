//! Services that are asked with more than a key: over HTTP in every form, as tools, on pages.

#![allow(clippy::panic, clippy::unwrap_used)] // helpers of tests are not tests to clippy

mod declarations;
mod forms;
mod tools;
#[path = "../llm/vendors/mod.rs"]
mod vendors;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use featurestore::http::HttpSettings;
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
        let (memory, store) = declarations::store().await.unwrap();
        let router = HttpSettings::new().router(store).unwrap();
        Self { memory, router }
    }

    async fn send(&self, method: Method, path: &str, body: String) -> (u16, String) {
        let request = Request::builder().method(method).uri(path);
        let request = request.body(Body::from(body)).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    /// Posts a request for features: its status and its answer.
    async fn post(&self, body: &Json) -> (u16, Json) {
        let (status, answer) = self
            .send(Method::POST, "/get-online-features", body.to_string())
            .await;
        (status, serde_json::from_str(&answer).unwrap())
    }

    async fn get(&self, path: &str) -> (u16, String) {
        self.send(Method::GET, path, String::new()).await
    }
}
