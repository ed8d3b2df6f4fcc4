//! What can be asked and what is answered, as an OpenAPI 3.1 document made from the registry, and
//! the page `/docs` that shows it. Knows declarations and codes; reads no store.

mod answers;
#[cfg(feature = "pages")]
mod docs;
mod document;
mod examples;
mod failures;
mod key_sets;
mod names;
mod requests;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use bytes::Bytes;

use super::rejection::Rejection;
use super::serving::Serving;
use super::visible::Visible;
use crate::serving::Grant;
use crate::store::FeatureStore;

/// The routes of the document and of the page that shows it; `limit` is how many entities a request
/// may ask about.
pub(super) fn routes(store: &FeatureStore, limit: usize) -> Router<Arc<Serving>> {
    let all = Visible::new(store.registry(), &Grant::all());
    let whole = Whole {
        document: Document::new(store, &all, limit),
        all,
        limit,
    };
    let routes = Router::new()
        .route("/openapi.json", get(openapi))
        .layer(Extension(Arc::new(whole)));
    #[cfg(feature = "pages")]
    let routes = routes.merge(docs::routes());
    routes
}

/// What a caller who may read everything gets, made once.
#[derive(Debug)]
struct Whole {
    all: Visible,
    document: Document,
    limit: usize,
}

/// A document's text, and a tag that another text does not have; who knows the tag is not sent the text
/// (`key_sets.rs`).
#[derive(Debug, Clone)]
struct Document {
    text: Bytes,
    tag: String,
}

impl Document {
    fn new(store: &FeatureStore, visible: &Visible, limit: usize) -> Self {
        let text = document::document(store, visible, limit).to_string();
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        Self {
            tag: format!("\"{:016x}\"", hasher.finish()),
            text: Bytes::from(text),
        }
    }
}

async fn openapi(
    State(serving): State<Arc<Serving>>,
    Extension(grant): Extension<Grant>,
    Extension(whole): Extension<Arc<Whole>>,
) -> Result<Response, Rejection> {
    let visible = Visible::new(serving.store.registry(), &grant);
    let document = if visible.is_same(&whole.all) {
        whole.document.clone()
    } else {
        Document::new(&serving.store, &visible, whole.limit)
    };
    let tag = HeaderValue::from_str(&document.tag).map_err(|error| {
        Rejection::broken(format!("the tag of the description is no header: {error}"))
    })?;
    // What a caller may read differs by the token, so no shared cache keeps it.
    let json = [(header::CONTENT_TYPE, "application/json")];
    let mut response = (json, document.text).into_response();
    let headers = response.headers_mut();
    headers.insert(header::ETAG, tag);
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    Ok(response)
}
