//! How a person shows a token: a browser can't send one in a header by itself, so a form puts it
//! into a cookie that no script reads and no other site sends, which counts where there is no header.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use super::cookie::{cookie, token};
use super::frame::{Frame, answer};
use crate::http::rejection::Rejection;
use crate::http::serving::Serving;
use crate::http::tokens::MAX_LENGTH;

/// What stands before a server says about how it was asked.
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// What a browser says about where a request comes from.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

#[derive(Debug, Template)]
#[template(path = "sign_in.html")]
struct Page {
    frame: Frame,
    project: &'static str,
    /// Where to go from there: a path of this server.
    next: String,
    problem: Option<&'static str>,
}

pub(super) fn routes() -> Router<Arc<Serving>> {
    Router::new()
        .route("/sign-in", post(sign_in))
        .route("/sign-out", post(sign_out))
}

/// Shows the form to sign in by instead of a page that wants a token, or another one.
pub(in crate::http) async fn or_sign_in(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let was_given = token(&parts.headers).is_some();
    let frame = is_page(&parts.method, parts.uri.path()).then(|| Frame::new(&parts));
    let response = next.run(Request::from_parts(parts, body)).await;
    match frame {
        Some(frame) if response.status() == StatusCode::UNAUTHORIZED => {
            let problem =
                was_given.then_some("This token is not one of the server's, or is no more.");
            let next = frame.here.clone();
            answer(
                StatusCode::UNAUTHORIZED,
                &Page {
                    frame: Frame {
                        signed_in: false,
                        ..frame
                    },
                    project: "featurestore",
                    next,
                    problem,
                },
            )
        }
        _ => response,
    }
}

/// Whether a person reads what is there.
fn is_page(method: &Method, path: &str) -> bool {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    reads && (path == "/" || path.starts_with("/registry/") || path == "/docs/")
}

async fn sign_in(
    State(serving): State<Arc<Serving>>,
    uri: Uri,
    headers: HeaderMap,
    frame: Frame,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Rejection> {
    let body = body.map_err(|error| Rejection::body(&error, serving.limits.max_form()))?;
    let mut token = String::new();
    let mut next = String::new();
    for (name, value) in form_urlencoded::parse(&body) {
        match &*name {
            "token" => token = value.trim().to_owned(),
            "next" => next = value.into_owned(),
            _ => {}
        }
    }
    if !is_local(&next) {
        next = frame.home().to_owned();
    }
    let problem = if is_foreign(&uri, &headers) {
        Some("Another site sent this form; sign in here.")
    } else if token.is_empty() {
        Some("Type a token.")
    } else if token.len() > MAX_LENGTH {
        Some("This is no token: it is too long for one.")
    } else {
        None
    };
    if let Some(problem) = problem {
        return Ok(refused(frame, next, problem));
    }
    let token: String = form_urlencoded::byte_serialize(token.as_bytes()).collect();
    let secure = is_tls(&serving, &headers);
    Ok(go(&next, &cookie(&token, secure, "")))
}

async fn sign_out(
    State(serving): State<Arc<Serving>>,
    uri: Uri,
    headers: HeaderMap,
    frame: Frame,
) -> Response {
    let next = frame.home().to_owned();
    if is_foreign(&uri, &headers) {
        return refused(
            frame,
            next,
            "Another site wanted to sign you out; do it here.",
        );
    }
    let secure = is_tls(&serving, &headers);
    go(&next, &cookie("", secure, "; Max-Age=0"))
}

/// The form once more, with what was wrong.
fn refused(frame: Frame, next: String, problem: &'static str) -> Response {
    let page = Page {
        frame,
        project: "featurestore",
        next,
        problem: Some(problem),
    };
    answer(StatusCode::BAD_REQUEST, &page)
}

/// Whether the browser speaks TLS, be it with something before this server: then its form's origin
/// says so, or what is before.
fn is_tls(serving: &Serving, headers: &HeaderMap) -> bool {
    let starts = |name: HeaderName, start: &[u8]| {
        let value = headers.get(name);
        value.is_some_and(|value| value.as_bytes().starts_with(start))
    };
    serving.is_tls || starts(header::ORIGIN, b"https://") || starts(FORWARDED_PROTO, b"https")
}

fn go(next: &str, cookie: &str) -> Response {
    let mut headers = HeaderMap::new();
    let values = [(header::LOCATION, next), (header::SET_COOKIE, cookie)];
    for (name, value) in values {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// Whether a path is one of this server, which `//host` and `/\host` are not.
fn is_local(path: &str) -> bool {
    let rest = path.strip_prefix('/');
    // Browsers leave tabs and line ends out of addresses.
    rest.is_some_and(|rest| !rest.starts_with(['/', '\\']) && !path.contains(char::is_control))
}

/// Whether a page of another site sent the request. Browsers that don't say so themselves say which
/// origin it is of; what says neither is no browser.
fn is_foreign(uri: &Uri, headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get(FETCH_SITE) {
        return site != "same-origin" && site != "none";
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return false;
    };
    let text = |name: HeaderName| headers.get(name)?.to_str().ok();
    // HTTP/2 has it in the address; what stands before a server may ask it by another name.
    let host = uri.authority().map(Authority::as_str);
    let own = [host.or_else(|| text(header::HOST)), text(FORWARDED_HOST)];
    let origin = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"));
    origin.is_none_or(|(_, origin)| !own.contains(&Some(origin)))
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::middleware::from_fn;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    /// Answers who has the token `right`, as the layer does that knows the tokens.
    async fn protected(headers: HeaderMap) -> Response {
        match token(&headers).as_deref() {
            Some("right") => "what is protected".into_response(),
            _ => {
                let path = "no token".to_owned();
                let body = Rejection::NotFound { path }.into_response().into_body();
                (StatusCode::UNAUTHORIZED, body).into_response()
            }
        }
    }

    async fn ask(path: &str, header: &[(HeaderName, &str)]) -> (u16, String) {
        let router: Router = Router::new()
            .route("/", get(protected))
            .route("/registry/views/{name}", get(protected))
            .route("/services/{name}", get(protected))
            .layer(from_fn(or_sign_in));
        let mut request = Request::get(path);
        for (name, value) in header {
            request = request.header(name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_page_without_a_token_is_the_form_to_sign_in_by() {
        let page = "/registry/views/words?user_id=%3C1";
        let (status, body) = ask(page, &[]).await;
        assert_eq!(status, 401);
        assert!(body.contains("name=\"token\""), "{body}");
        let next = "name=\"next\" value=\"/registry/views/words?user_id=%3C1\"";
        assert!(body.contains(next), "{body}");
        assert!(!body.contains("is no more"), "{body}");
        let wrong = [(header::COOKIE, "featurestore_token=wrong")];
        let (status, body) = ask("/", &wrong).await;
        assert_eq!(status, 401);
        assert!(body.contains("is no more"), "{body}");
        let right = [(header::COOKIE, "a=b; featurestore_token=right")];
        let answer = ask("/", &right).await;
        assert_eq!(answer, (200, "what is protected".to_owned()));
        // What programs ask stays as it is.
        let (status, body) = ask("/services/watch_next", &wrong).await;
        assert_eq!(status, 401);
        assert!(body.starts_with('{'), "{body}");
    }
}
