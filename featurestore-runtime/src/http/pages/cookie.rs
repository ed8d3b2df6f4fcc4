//! The cookie that a person's token is in.

use axum::http::{HeaderMap, header};

/// The cookie with the token.
const TOKEN_COOKIE: &str = "featurestore_token";

/// The token in a request's cookie.
pub(in crate::http) fn token(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let cookies = cookies.filter_map(|cookies| cookies.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';'));
    let encoded = pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == TOKEN_COOKIE && !value.is_empty()).then_some(value)
    })?;
    let mut decoded = form_urlencoded::parse(encoded.as_bytes());
    decoded.next().map(|(token, _)| token.into_owned())
}

/// The cookie, kept until the browser is closed; sent over TLS alone if it is secure.
pub(super) fn cookie(token: &str, secure: bool, more: &str) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{TOKEN_COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{more}")
}
