//! The page `/docs`: the document in Swagger UI, all of whose files are in the binary.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use utoipa_swagger_ui::Config;

use crate::http::name::Name;
use crate::http::rejection::Rejection;
use crate::http::serving::Serving;

/// The page. It has no script and no style of its own, so none but files can run.
const PAGE: &str = include_str!("docs.html");

/// What starts Swagger UI in it.
const START: &str = include_str!("docs.js");

/// What the page may load: its own files, and icons that are part of its style sheet.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

/// The files of Swagger UI that the page has.
const FILES: [&str; 3] = [
    "swagger-ui-bundle.js",
    "swagger-ui.css",
    "favicon-32x32.png",
];

/// The routes of the page and its files.
pub(super) fn routes() -> Router<Arc<Serving>> {
    Router::new()
        // Relative, as are the page's files, wherever the router is nested.
        .route("/docs", get(|| async { Redirect::permanent("docs/") }))
        .route("/docs/", get(page))
        .route("/docs/{file}", get(file))
}

async fn page() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, PAGE).into_response()
}

async fn file(Name(name): Name) -> Result<Response, Rejection> {
    if name == "docs.js" {
        return Ok(answer("text/javascript", START.as_bytes().into(), false));
    }
    let missing = || Rejection::NotFound {
        path: format!("/docs/{name}"),
    };
    if !FILES.contains(&name.as_str()) {
        return Err(missing());
    }
    let config = Arc::new(Config::default());
    let file = utoipa_swagger_ui::serve(&name, config).ok().flatten();
    let file = file.ok_or_else(missing)?;
    Ok(answer(&file.content_type, file.bytes, file.gzpipped))
}

/// A file, which is the same until the program is.
fn answer(content_type: &str, bytes: Cow<'static, [u8]>, gzip: bool) -> Response {
    let mut headers = HeaderMap::new();
    let mut set = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, content_type);
    set(header::CACHE_CONTROL, "max-age=3600");
    if gzip {
        // They are compressed in the binary, and every browser takes them so.
        set(header::CONTENT_ENCODING, "gzip");
    }
    (headers, bytes).into_response()
}
