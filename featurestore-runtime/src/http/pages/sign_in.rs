//! How a person shows a token: a browser can't send one in a header by itself, so a form puts it
//! into a cookie that no script reads and no other site sends, which counts where there is no header.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use super::cookie::{cookie, token};
use super::frame::{Frame, answer};
use crate::http::serving::Serving;

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

async fn sign_in(headers: HeaderMap, frame: Frame, body: Bytes) -> Response {
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
    let problem = if is_foreign(&headers) {
        Some("Another site sent this form; sign in here.")
    } else if token.is_empty() {
        Some("Type a token.")
    } else {
        None
    };
    if problem.is_some() {
        let page = Page {
            frame,
            project: "featurestore",
            next,
            problem,
        };
        return answer(StatusCode::BAD_REQUEST, &page);
    }
    let token: String = form_urlencoded::byte_serialize(token.as_bytes()).collect();
    go(&next, &cookie(&token, &headers, ""))
}

async fn sign_out(headers: HeaderMap, frame: Frame) -> Response {
    let next = frame.home().to_owned();
    go(&next, &cookie("", &headers, "; Max-Age=0"))
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

/// Whether a page of another site sent the request.
fn is_foreign(headers: &HeaderMap) -> bool {
    let site = headers.get(FETCH_SITE);
    site.is_some_and(|site| site != "same-origin" && site != "none")
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::middleware::from_fn;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;
    use crate::http::rejection::Rejection;

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
