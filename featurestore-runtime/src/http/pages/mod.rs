//! Pages for people: the registry, how fresh each view is, and a form to look an entity up. Made on
//! the server, without a script. Knows the registry and the store's reads by name.

mod cookie;
mod drift;
mod entity;
mod form;
mod frame;
mod fresh;
mod home;
mod results;
mod search;
mod service;
mod sign_in;
mod snippets;
mod text;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

pub(super) use cookie::token;
pub(super) use sign_in::or_sign_in;

use super::serving::Serving;

const STYLE: &str = include_str!("style.css");

/// The pages that show what a caller may read.
pub(super) fn routes() -> Router<Arc<Serving>> {
    Router::new()
        .route("/", get(home::page))
        .route("/registry/views/{name}", get(view::page))
        .route("/registry/services/{name}", get(service::page))
        .route("/registry/entities/{name}", get(entity::page))
}

/// What is answered whoever asks: the form to sign in by, and what makes it look as it does.
pub(super) fn open_routes() -> Router<Arc<Serving>> {
    Router::new()
        .route("/registry/style.css", get(style))
        .merge(sign_in::routes())
}

async fn style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "max-age=300"),
    ];
    (headers, STYLE).into_response()
}
