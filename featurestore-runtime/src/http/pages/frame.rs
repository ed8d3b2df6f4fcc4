//! What is around every page: where it stands, what it may load, and what is said where there is none.

use askama::Template;
use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::cookie;
use crate::http::rejection::Rejection;

/// What a page may load: its style sheet. Nothing runs in it.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'";

/// What every page knows.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// The path below which the router is nested; empty where it is not.
    pub(super) base: String,
    /// The page's own path and query, seen from outside.
    pub(super) here: String,
    /// The name and port that the service was asked by.
    pub(super) host: String,
    /// Whether the caller has signed in, and so can sign out.
    pub(super) signed_in: bool,
}

impl<S: Sync> FromRequestParts<S> for Frame {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::new(parts))
    }
}

impl Frame {
    pub(super) fn new(parts: &Parts) -> Self {
        let original = parts.extensions.get::<OriginalUri>();
        let outer = original.map_or(&parts.uri, |original| &original.0);
        let (outside, inside) = (outer.path(), parts.uri.path());
        let host = parts.headers.get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok());
        let base = outside.strip_suffix(inside).unwrap_or(outside);
        Self {
            base: base.trim_end_matches('/').to_owned(),
            here: outer
                .path_and_query()
                .map_or_else(|| "/".to_owned(), ToString::to_string),
            host: host.unwrap_or("localhost").to_owned(),
            signed_in: cookie::token(&parts.headers).is_some(),
        }
    }
}

impl Frame {
    /// The address of the first page: a router that is nested below a path answers that path, and
    /// not the one with a slash behind it.
    pub(super) fn home(&self) -> &str {
        if self.base.is_empty() {
            "/"
        } else {
            &self.base
        }
    }

    /// Where programs ask: other machines are asked over TLS.
    pub(super) fn origin(&self) -> String {
        let name = self
            .host
            .rsplit_once(':')
            .map_or(&*self.host, |(name, _)| name);
        let own = matches!(name, "localhost" | "127.0.0.1" | "[::1]");
        let scheme = if own { "http" } else { "https" };
        format!("{scheme}://{}{}", self.host, self.base)
    }
}

/// There is no such page, or the caller may not read it.
#[derive(Debug, Template)]
#[template(path = "missing.html")]
struct Missing {
    frame: Frame,
    project: String,
    message: String,
}

/// The page that says so.
pub(super) fn missing(frame: Frame, project: String, message: String) -> Response {
    let page = Missing {
        frame,
        project,
        message,
    };
    answer(StatusCode::NOT_FOUND, &page)
}

/// A page as an answer.
pub(super) fn answer(status: StatusCode, page: &impl Template) -> Response {
    let text = match page.render() {
        Ok(text) => text,
        Err(error) => {
            return Rejection::broken(format!("a page can't be written: {error}")).into_response();
        }
    };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        // What it shows is one caller's, and true only now.
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, text).into_response()
}
