//! What people and programs read of the retrieval service itself: its description, its pages, and
//! both in a real browser.

#![allow(clippy::panic, clippy::unwrap_used)] // helpers of tests are not tests to clippy

mod browser;
mod declarations;
mod openapi;
mod pages;
mod tokens;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use featurestore_tests::MemoryStore;
use serde_json::Value as Json;
use tower::ServiceExt;

/// The service over the tests' rows.
struct Service {
    memory: Arc<MemoryStore>,
    router: Router,
}

/// An answer.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Service {
    async fn start() -> Self {
        let (store, memory) = declarations::store().await;
        Self {
            memory,
            router: featurestore::http::HttpSettings::new()
                .router(store)
                .unwrap(),
        }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header("host", "localhost");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    async fn post(&self, body: &Json) -> Answer {
        let request = Request::post("/get-online-features")
            .header("host", "localhost")
            .header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap())
            .await
    }
}

impl Answer {
    fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }
}
