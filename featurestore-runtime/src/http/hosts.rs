//! A page that a browser loads from elsewhere must not read from a server without tokens: it can
//! give its own name this machine's address. So such a server answers only to names of its own.

use std::net::IpAddr;

use axum::http::{HeaderMap, header};

use super::rejection::Rejection;

/// The names that a server without tokens answers to.
#[derive(Debug, Clone)]
pub(super) struct Hosts {
    /// Names that were allowed, in lower case.
    allowed: Vec<String>,
    /// Origins of pages that were allowed to ask.
    origins: Vec<String>,
}

impl Hosts {
    pub(super) fn new(allowed: &[String], origins: &[String]) -> Self {
        Self {
            allowed: allowed.iter().map(|name| name.to_lowercase()).collect(),
            origins: origins.to_vec(),
        }
    }

    /// Whether a request is for this server, and no other's page asks. What has neither a host nor
    /// an origin is no browser.
    pub(super) fn check(&self, host: Option<&str>, headers: &HeaderMap) -> Result<(), Rejection> {
        if let Some(host) = host
            && !self.is_own(host)
        {
            return Err(Rejection::Host {
                host: host.to_owned(),
            });
        }
        let Some(origin) = headers.get(header::ORIGIN) else {
            return Ok(());
        };
        let origin = origin.to_str().unwrap_or("?");
        let host = origin.split_once("://").map_or("?", |(_, host)| host);
        let listed = self
            .origins
            .iter()
            .any(|known| known == "*" || known == origin);
        if listed || self.is_own(host) {
            Ok(())
        } else {
            Err(Rejection::Origin {
                origin: origin.to_owned(),
            })
        }
    }

    /// Whether `HOST` or `HOST:PORT` is this machine, or was allowed.
    fn is_own(&self, host: &str) -> bool {
        let name = match host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        };
        // What nearly all requests have.
        if name == "localhost" || name == "127.0.0.1" {
            return true;
        }
        if let Ok(address) = name.parse::<IpAddr>()
            && address.to_canonical().is_loopback()
        {
            return true;
        }
        name.eq_ignore_ascii_case("localhost")
            || self
                .allowed
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: Option<&str>, origin: Option<&str>) -> bool {
        let hosts = Hosts::new(
            &["Features.Internal".to_owned()],
            &["https://app.example".to_owned()],
        );
        let mut headers = HeaderMap::new();
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        hosts.check(host, &headers).is_ok()
    }

    #[test]
    fn only_names_of_this_machine_and_allowed_ones_are_own() {
        for own in [
            "localhost",
            "LOCALHOST:6566",
            "127.0.0.1",
            "127.0.0.1:6566",
            "127.8.8.8",
            "[::1]",
            "[::1]:6566",
            "[::ffff:127.0.0.1]:1",
            "features.internal:80",
        ] {
            assert!(check(Some(own), None), "{own}");
        }
        for other in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:6566",
            "10.0.0.1",
            "",
            ":6566",
            "[::2]",
            "[]",
            "a.features.internal",
            "0.0.0.0",
        ] {
            assert!(!check(Some(other), None), "{other}");
        }
        assert!(check(None, None));
    }

    #[test]
    fn pages_of_this_machine_and_allowed_ones_may_ask() {
        for own in [
            "http://localhost:6566",
            "http://127.0.0.1",
            "https://app.example",
        ] {
            assert!(check(Some("localhost"), Some(own)), "{own}");
        }
        for other in [
            "http://evil.example",
            "https://app.example.evil",
            "null",
            "",
            "http://",
        ] {
            assert!(!check(Some("localhost"), Some(other)), "{other}");
        }
    }
}
