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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_page_loads_from_its_own_server_only_unless_it_says_otherwise() {
        let response = page_headers(Response::default()).await;
        let header = |response: &Response, name| {
            let value = response.headers().get(name).unwrap();
            value.to_str().unwrap().to_owned()
        };
        let policy = header(&response, header::CONTENT_SECURITY_POLICY);
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{policy}"
        );
        assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
        assert!(
            !policy.contains("unsafe") && !policy.contains("  "),
            "{policy}"
        );
        assert_eq!(header(&response, header::X_FRAME_OPTIONS), "DENY");
        assert_eq!(header(&response, header::REFERRER_POLICY), "no-referrer");
        let mut own = Response::default();
        let policy = HeaderValue::from_static("default-src 'self'");
        own.headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
        let own = page_headers(own).await;
        assert_eq!(
            header(&own, header::CONTENT_SECURITY_POLICY),
            "default-src 'self'"
        );
    }
}
