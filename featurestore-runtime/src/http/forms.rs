//! The form of an answer that its caller takes: compressed or not, or nothing where it has that form
//! already. Each form has a tag of its own, as RFC 9110 (section 8.8.3.3) wants it.

use std::convert::Infallible;

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use tower::Service as _;
use tower_http::CompressionLevel;
use tower_http::compression::Compression;

/// The smallest body that is compressed where the caller takes that, in bytes; what fits a packet
/// gains nothing.
const MIN_COMPRESSED: u64 = 1_400;

/// What a request says of the forms that its caller takes, and of those that it has.
#[derive(Debug)]
pub(super) struct Forms {
    encodings: Option<HeaderValue>,
    tags: Option<HeaderValue>,
}

impl Forms {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self {
            encodings: list(headers, header::ACCEPT_ENCODING),
            tags: list(headers, header::IF_NONE_MATCH),
        }
    }

    /// An answer in the form that the caller takes.
    pub(super) async fn give(self, mut response: Response) -> Response {
        if size(&response) >= MIN_COMPRESSED {
            if let Some(encodings) = self.encodings {
                response = compressed(encodings, response).await;
            }
            let headers = response.headers_mut();
            if !headers.contains_key(header::VARY) {
                headers.insert(header::VARY, header::ACCEPT_ENCODING.into());
            }
            if let Some(encoding) = headers.get(header::CONTENT_ENCODING)
                && let Some(tag) = headers.get(header::ETAG)
                && let Some(tag) = tag_of_form(tag, encoding)
            {
                headers.insert(header::ETAG, tag);
            }
        }
        match self.tags {
            Some(tags) if is_known(&response, &tags) => not_modified(response),
            _ => response,
        }
    }
}

/// A header that is a list, which may come in several lines.
fn list(headers: &HeaderMap, name: HeaderName) -> Option<HeaderValue> {
    let mut lines = headers.get_all(name).iter();
    let first = lines.next()?;
    let mut whole = first.as_bytes().to_vec();
    let mut is_one = true;
    for line in lines {
        is_one = false;
        whole.extend_from_slice(b", ");
        whole.extend_from_slice(line.as_bytes());
    }
    if is_one {
        return Some(first.clone());
    }
    HeaderValue::from_bytes(&whole).ok()
}

/// How large an answer's body is, also where it was left out since only the head was asked for.
fn size(response: &Response) -> u64 {
    let said = response.headers().get(header::CONTENT_LENGTH);
    let said = said.and_then(|said| said.to_str().ok()?.parse().ok());
    said.unwrap_or_else(|| response.body().size_hint().lower())
}

async fn compressed(encodings: HeaderValue, response: Response) -> Response {
    let status = response.status();
    let mut request = Request::new(());
    request
        .headers_mut()
        .insert(header::ACCEPT_ENCODING, encodings);
    let mut response = Some(response);
    let ready = tower::service_fn(move |_: axum::http::Request<()>| {
        let response = response.take().unwrap_or_default();
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let mut compression = Compression::new(ready).quality(CompressionLevel::Fastest);
    let mut response = match compression.call(request).await {
        Ok(response) => response.map(Body::new),
    };
    // Who takes no form that there is gets the plain one, and not the answer under another status.
    *response.status_mut() = status;
    response
}

/// The tag of a form: `"5f3a"` compressed is `"5f3a-gzip"`.
fn tag_of_form(tag: &HeaderValue, encoding: &HeaderValue) -> Option<HeaderValue> {
    let tag = tag.to_str().ok()?.strip_suffix('"')?;
    HeaderValue::try_from(format!("{tag}-{}\"", encoding.to_str().ok()?)).ok()
}

/// Whether the answer's tag is among those that the caller knows.
fn is_known(response: &Response, known: &HeaderValue) -> bool {
    let tag = response.headers().get(header::ETAG);
    let (Some(Ok(tag)), Ok(known)) = (tag.map(HeaderValue::to_str), known.to_str()) else {
        return false;
    };
    let mut known = known
        .split(',')
        .map(|known| known.trim().trim_start_matches("W/"));
    response.status() == StatusCode::OK
        && known.any(|known| known == tag.trim_start_matches("W/") || known == "*")
}

/// The answer's head without what is said of the body.
fn not_modified(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    *response.body_mut() = Body::empty();
    for of_body in [
        header::CONTENT_TYPE,
        header::CONTENT_LENGTH,
        header::CONTENT_ENCODING,
    ] {
        response.headers_mut().remove(of_body);
    }
    response
}
