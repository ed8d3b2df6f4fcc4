//! What a request is called in answers, logs and traces.

use std::fmt;
use std::hash::BuildHasher;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The header that has it, in requests and answers.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The longest one that is taken from a caller, in bytes.
const MAX_LENGTH: usize = 128;

/// The longest one that is made, in bytes.
const LENGTH: usize = 8 + 1 + 16;

/// Tells this process from others that answer the same callers.
static PROCESS: LazyLock<u32> = LazyLock::new(|| {
    let random = std::collections::hash_map::RandomState::new().hash_one(std::process::id());
    (random >> 32) as u32
});

/// The next request of this process.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// A request's name: the caller's, or a number.
#[derive(Debug, Clone)]
pub(super) enum RequestId {
    Given(HeaderValue),
    Made(u64),
}

impl RequestId {
    /// The one that the caller gave, if it is a short word; else a new one.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        match headers.get(HEADER) {
            Some(given) if is_sane(given.as_bytes()) => Self::Given(given.clone()),
            _ => Self::Made(NEXT.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// As the answer has it.
    pub(super) fn header(&self) -> HeaderValue {
        match self {
            Self::Given(value) => value.clone(),
            Self::Made(number) => HeaderValue::from_bytes(made(*number, &mut [0; LENGTH]))
                .unwrap_or_else(|_| HeaderValue::from_static("-")),
        }
    }
}

/// The process in eight hexadecimal digits, `-` and the number, into the end of `text`. Every request
/// needs it, and the standard library's formatting takes five times as long.
fn made(number: u64, text: &mut [u8; LENGTH]) -> &[u8] {
    let digit = |value: u64, index: u32| b"0123456789abcdef"[(value >> (4 * index) & 15) as usize];
    let digits = 16 - number.max(1).leading_zeros() / 4;
    let number = (0..digits).map(|index| digit(number, index));
    let process = (0..8).map(|index| digit(u64::from(*PROCESS), index));
    let mut start = text.len();
    for byte in number.chain([b'-']).chain(process) {
        start -= 1;
        text[start] = byte;
    }
    &text[start..]
}

/// What a log can show as it is.
fn is_sane(id: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:=/+".contains(byte);
    (1..=MAX_LENGTH).contains(&id.len()) && id.iter().all(allowed)
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(value) => formatter.write_str(value.to_str().unwrap_or("-")),
            Self::Made(number) => {
                let mut text = [0; LENGTH];
                formatter.write_str(std::str::from_utf8(made(*number, &mut text)).unwrap_or("-"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(given: &str) -> RequestId {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_bytes(given.as_bytes()).unwrap());
        RequestId::of(&headers)
    }

    #[test]
    fn a_callers_id_is_taken_where_it_is_a_short_word_else_one_is_made() {
        for given in ["a", "0190a3-7f", "Root=1-67891233-abcdef", &"x".repeat(128)] {
            assert_eq!(of(given).to_string(), given);
            assert_eq!(of(given).header(), given);
        }
        for given in ["", "two words", "a\"b", "a\tb", "ä", "{}", &"x".repeat(129)] {
            let made = of(given);
            assert!(matches!(made, RequestId::Made(_)), "{given}");
            assert_eq!(made.header(), made.to_string().as_str());
            assert_ne!(made.to_string(), of(given).to_string(), "each is new");
        }
    }

    #[test]
    fn a_made_one_is_the_process_and_the_number() {
        for number in [1, 15, 16, 0x1f, 0xabc, u64::MAX] {
            let id = RequestId::Made(number);
            assert_eq!(id.to_string(), format!("{:08x}-{number:x}", *PROCESS));
            assert_eq!(id.header(), id.to_string().as_str());
        }
    }
}
