//! Headers for pages that browsers show.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;

/// What a page may load: its own server's scripts, styles, images and answers, and nothing that
/// stands in the page itself. No other page may show it in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Gives a page its security headers; what the handler has set stays, a policy of its own above all.
/// Put it around the routes that answer with pages and what they load:
///
/// ```ignore
/// Router::new().route("/docs", get(page)).layer(axum::middleware::map_response(page_headers))
/// ```
///
/// A page that needs a script or style in itself gives its own `content-security-policy`, with its
/// hash. `x-content-type-options` comes with every answer; `cache-control: no-store` as well, unless
/// the handler sets another.
pub(crate) async fn page_headers(mut response: Response) -> Response {
    const HEADERS: [(HeaderName, &str); 3] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in HEADERS {
        let value = HeaderValue::from_static(value);
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}
