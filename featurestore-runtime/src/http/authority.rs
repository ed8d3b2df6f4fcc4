//! The host that a request is for, as RFC 9112 (section 3.2) has it: HTTP/1.1 names it, once.

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{Version, header};

use super::rejection::Rejection;

/// The host that a request names, and nothing where it names none. A request that came over a socket
/// of ours must, as of HTTP/1.1; what a program hands to a router came no such way.
pub(super) fn host(request: &Request, over_socket: bool) -> Result<Option<&str>, Rejection> {
    let wrong = |what| Err(Rejection::HostHeader { what });
    let mut named = request.headers().get_all(header::HOST).iter();
    let (host, other) = (named.next(), named.next());
    if other.is_some() {
        return wrong("has more than one header `host`");
    }
    let Some(host) = host else {
        if over_socket && request.version() == Version::HTTP_11 {
            return wrong("has no header `host`");
        }
        // HTTP/2 has it in the address.
        return Ok(request.uri().authority().map(Authority::as_str));
    };
    let text = host.to_str().ok().filter(|host| is_host(host));
    match (request.uri().authority(), text) {
        (_, None) => wrong("has a header `host` that is none"),
        // An address that has it comes before the header.
        (Some(authority), Some(_)) => Ok(Some(authority.as_str())),
        (None, text) => Ok(text),
    }
}

/// Whether a text is `HOST` or `HOST:PORT`; an address without an authority has an empty one.
fn is_host(text: &str) -> bool {
    text.is_empty() || (!text.contains('@') && text.parse::<Authority>().is_ok())
}
