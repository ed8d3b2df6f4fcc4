//! Addresses of online stores in messages.

/// `url` with its password, if it has one, replaced by `***`.
///
/// Anything between the scheme and the last `@` of the authority is taken for a user and a
/// password, so that an address that can't be parsed does not give one away either.
#[must_use]
pub fn redact(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url
            .rsplit_once('@')
            .map_or_else(|| url.to_owned(), |(_, host)| format!("***@{host}"));
    };
    let Some((credentials, host)) = rest.rsplit_once('@') else {
        return url.to_owned();
    };
    let user = credentials
        .split_once(':')
        .map_or(credentials, |(user, _)| user);
    format!("{scheme}://{user}:***@{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_never_shows() {
        assert_eq!(
            redact("redis://localhost:6379/0"),
            "redis://localhost:6379/0"
        );
        assert_eq!(redact("redis://:secret@host:1/0"), "redis://:***@host:1/0");
        assert_eq!(
            redact("rediss://app:se@cret:x@host"),
            "rediss://app:***@host"
        );
        assert_eq!(redact("app:secret@host"), "***@host");
    }
}
