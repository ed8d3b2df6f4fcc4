//! Addresses of online stores in messages.

/// `url` with its password, if it has one, replaced by `***`.
///
/// Anything between the scheme and the last `@` is taken for a user and a password, so that an
/// address that can't be parsed does not give one away either. The address of a Unix socket has no
/// authority; its password is the parameter `pass`, and that of sentinels is `sentinel_pass`.
#[must_use]
pub fn redact(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url
            .rsplit_once('@')
            .map_or_else(|| url.to_owned(), |(_, host)| format!("***@{host}"));
    };
    let credentials = rest.rsplit_once('@').filter(|_| !scheme.ends_with("unix"));
    let Some((credentials, host)) = credentials else {
        return format!("{scheme}://{}", without_parameter(rest));
    };
    let user = credentials
        .split([':', '/', '?', '#'])
        .next()
        .unwrap_or_default();
    format!("{scheme}://{user}:***@{}", without_parameter(host))
}

/// `text` with the values of its parameters `pass` and `sentinel_pass` replaced by `***`.
fn without_parameter(text: &str) -> String {
    const PARAMETER: &str = "pass=";
    let start = text
        .match_indices(PARAMETER)
        .find(|(start, _)| text[..*start].ends_with(['?', '&', '_']));
    let Some((start, _)) = start else {
        return text.to_owned();
    };
    let (before, password) = text.split_at(start + PARAMETER.len());
    let after = password.find('&').map_or("", |end| &password[end..]);
    format!("{before}***{}", without_parameter(after))
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
        assert_eq!(redact("redis://app:pa?ss#/@host"), "redis://app:***@host");
        for password in ["secret", "se@cret", "se:c?ret", "pass=x"] {
            let url = format!("redis+unix:///run/redis.sock?user=app&pass={password}&db=3");
            assert_eq!(
                redact(&url),
                "redis+unix:///run/redis.sock?user=app&pass=***&db=3"
            );
        }
        assert_eq!(
            redact("redis://host/0?pass=secret"),
            "redis://host/0?pass=***"
        );
    }
}
