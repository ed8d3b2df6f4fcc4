//! Who may read what: tokens, each with a name and the services that it may read.

use std::fmt;
use std::path::Path;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::error::ServeError;
use crate::registry::{Registry, unknown};
use crate::service::ServiceDefinition;
use crate::serving::Grant;

/// The shortest token, in bytes: with fewer, guessing is a matter of time.
const MIN_LENGTH: usize = 16;

/// The longest token, in bytes. It goes with each request.
pub(super) const MAX_LENGTH: usize = 1024;

/// What may scrape the metrics, among a token's services.
const METRICS: &str = "/metrics";

/// The tokens that a service takes, as in the header `authorization: Bearer TOKEN`.
///
/// A line per token, of three words: its name, the token or better its SHA-256, and what it may
/// read, with commas between: names of services, `/metrics`, or `*` for all. Whoever may read a
/// service may also read its features by their names. Lines that are empty or begin with `#` don't
/// count.
///
/// ```text
/// # name       token, or sha256: and 64 hex digits        what it may read
/// recommender  sha256:5e884898da28047151d0e56f8dc62927..  watch_next,rank_title
/// prometheus   sha256:6b3a55e0261b0304143f805a24924d0c..  /metrics
/// ops          sha256:2c26b46b68ffc68ff99b453c1d304134..  *
/// ```
///
/// A token has at least 16 characters, at most 1,024 and none that is blank: `openssl rand -hex 32` makes one, and
/// `printf %s TOKEN | sha256sum` its SHA-256. Only that is kept in memory, and compared in constant
/// time.
#[derive(Clone)]
pub struct Tokens {
    origin: String,
    entries: Vec<Entry>,
}

#[derive(Clone)]
struct Entry {
    line: usize,
    name: String,
    digest: [u8; 32],
    services: Option<Vec<String>>,
    caller: Caller,
}

/// What the bearer of a token may do.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) grant: Grant,
    pub(super) metrics: bool,
}

impl Tokens {
    /// Reads tokens from a text; `origin` is where it comes from, for messages.
    ///
    /// # Errors
    ///
    /// A line that is not one, two with one name or token, none at all. No error shows a token.
    pub fn parse(origin: impl Into<String>, text: &str) -> Result<Self, ServeError> {
        let mut tokens = Self {
            origin: origin.into(),
            entries: Vec::new(),
        };
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let entry = Entry::parse(index + 1, line)
                .and_then(|entry| tokens.each_once(entry))
                .map_err(|reason| tokens.error(index + 1, reason))?;
            tokens.entries.push(entry);
        }
        if tokens.entries.is_empty() {
            return Err(ServeError::Setting {
                setting: "tokens",
                reason: format!(
                    "{} has none; write a line per token: NAME TOKEN SERVICE,SERVICE",
                    tokens.origin
                ),
            });
        }
        Ok(tokens)
    }

    /// Reads tokens from a file. One that others on this machine can read is warned of in the log.
    ///
    /// # Errors
    ///
    /// A file that can't be read, and those of [`parse`](Self::parse).
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, ServeError> {
        let path = path.as_ref();
        let failure = |error: std::io::Error| ServeError::Setting {
            setting: "tokens",
            reason: format!("{}: {error}", path.display()),
        };
        let text = std::fs::read_to_string(path).map_err(failure)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(path)
                .map_err(failure)?
                .permissions()
                .mode();
            if mode & 0o044 != 0 {
                let (path, mode) = (path.display(), format!("{:o}", mode & 0o777));
                tracing::warn!(%path, mode, "others can read the file of the tokens; chmod 600 it");
            }
        }
        Self::parse(path.display().to_string(), &text)
    }

    /// Refuses a token for a service that is not declared.
    pub(super) fn check(&self, registry: &Registry) -> Result<(), ServeError> {
        for entry in &self.entries {
            for name in entry.services.iter().flatten() {
                let known = registry.services().map(ServiceDefinition::name);
                let known: Vec<&str> = known.collect();
                if !known.contains(&name.as_str()) {
                    let error = unknown("service", name, known.iter().copied());
                    return Err(self.error(entry.line, format!("`{}`: {error}", entry.name)));
                }
            }
        }
        Ok(())
    }

    /// Who has a token. All are compared, whichever fits.
    pub(super) fn caller(&self, token: &[u8]) -> Option<&Caller> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        let mut found = None;
        for entry in &self.entries {
            if bool::from(entry.digest.ct_eq(&digest)) {
                found = Some(&entry.caller);
            }
        }
        found
    }

    fn each_once(&self, entry: Entry) -> Result<Entry, String> {
        for known in &self.entries {
            if known.name == entry.name {
                return Err(format!(
                    "`{}` is the name of line {}, too",
                    entry.name, known.line
                ));
            }
            if known.digest == entry.digest {
                return Err(format!(
                    "`{}` has the token of `{}`",
                    entry.name, known.name
                ));
            }
        }
        Ok(entry)
    }

    fn error(&self, line: usize, reason: String) -> ServeError {
        ServeError::Setting {
            setting: "tokens",
            reason: format!("{}, line {line}: {reason}", self.origin),
        }
    }
}

impl Entry {
    fn parse(line: usize, text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let (Some(name), Some(token), Some(services), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err("write three words: NAME TOKEN SERVICE,SERVICE".to_owned());
        };
        let names: Vec<&str> = services.split(',').collect();
        if names.contains(&"") {
            return Err(format!(
                "`{name}`: write services with commas between, without blanks"
            ));
        }
        let all = names.contains(&"*");
        let services = names.iter().filter(|name| **name != METRICS);
        let services: Vec<String> = services.map(|name| (*name).to_owned()).collect();
        let grant = if all {
            Grant::all()
        } else {
            Grant::services(services.iter().cloned())
        };
        Ok(Self {
            line,
            name: name.to_owned(),
            digest: digest(token).map_err(|reason| format!("`{name}`: {reason}"))?,
            services: (!all).then_some(services),
            caller: Caller {
                grant,
                metrics: all || names.contains(&METRICS),
            },
        })
    }
}

fn digest(token: &str) -> Result<[u8; 32], String> {
    let Some(hex) = token.strip_prefix("sha256:") else {
        if token.len() < MIN_LENGTH {
            return Err(format!(
                "the token has fewer than {MIN_LENGTH} characters; `openssl rand -hex 32` makes one"
            ));
        }
        if token.len() > MAX_LENGTH {
            return Err(format!(
                "the token has more than {MAX_LENGTH} characters; `openssl rand -hex 32` makes one"
            ));
        }
        return Ok(Sha256::digest(token).into());
    };
    let mut digest = [0; 32];
    let pairs = hex.as_bytes().chunks_exact(2);
    let whole = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    for (byte, pair) in digest.iter_mut().zip(pairs) {
        let pair = std::str::from_utf8(pair).unwrap_or_default();
        *byte = u8::from_str_radix(pair, 16).unwrap_or_default();
    }
    if whole {
        Ok(digest)
    } else {
        Err(
            "behind `sha256:` there are 64 hex digits; `printf %s TOKEN | sha256sum` prints them"
                .to_owned(),
        )
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.entries.iter().map(|entry| &entry.name);
        formatter.debug_list().entries(names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "correct horse battery staple";

    fn sentence(text: &str) -> String {
        let error = Tokens::parse("tokens.txt", text).unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
        error
    }

    #[test]
    fn a_token_is_found_by_its_text_or_its_sha256() {
        let token = TOKEN.replace(' ', "-");
        let hex: String = Sha256::digest(&token)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        for line in [
            format!("ops {token} *"),
            format!("# who\n\n  ops\tsha256:{hex}   * "),
            format!("ops sha256:{} *", hex.to_uppercase()),
        ] {
            let tokens = Tokens::parse("here", &line).unwrap();
            assert!(tokens.caller(token.as_bytes()).is_some(), "{line}");
            for wrong in ["", "x", &token[1..], &format!("{token} "), &hex] {
                assert!(tokens.caller(wrong.as_bytes()).is_none(), "{wrong}");
            }
        }
    }

    #[test]
    fn the_metrics_need_their_word_or_the_star() {
        for (services, metrics) in [
            ("*", true),
            ("/metrics", true),
            ("a,/metrics", true),
            ("a", false),
        ] {
            let text = format!("x {} {services}", TOKEN.replace(' ', "-"));
            let tokens = Tokens::parse("here", &text).unwrap();
            let caller = tokens.caller(TOKEN.replace(' ', "-").as_bytes()).unwrap();
            assert_eq!(caller.metrics, metrics, "{services}");
        }
    }

    #[test]
    fn a_wrong_line_is_named_and_no_token_shown() {
        for (text, expected) in [
            (
                "",
                "tokens: tokens.txt has none; write a line per token: NAME TOKEN SERVICE,SERVICE",
            ),
            ("# secret\n", "has none"),
            (
                "\nops secret-secret-secret",
                "tokens: tokens.txt, line 2: write three words: NAME TOKEN SERVICE,SERVICE",
            ),
            ("ops secret-secret-secret a, b", "line 1: write three words"),
            (
                "ops secret *",
                "line 1: `ops`: the token has fewer than 16 characters",
            ),
            (
                "ops sha256:secret *",
                "line 1: `ops`: behind `sha256:` there are 64 hex digits",
            ),
            ("ops sha256:zz *", "64 hex digits"),
            (
                "ops secret-secret-secret a,,b",
                "line 1: `ops`: write services with commas",
            ),
            (
                "a secret-secret-secret-1 *\na secret-secret-secret-2 *",
                "line 2: `a` is the name of line 1, too",
            ),
            (
                "a secret-secret-secret *\n\nb secret-secret-secret *",
                "line 3: `b` has the token of `a`",
            ),
        ] {
            let error = sentence(text);
            assert!(error.contains(expected), "{error}");
        }
        let error = sentence(&format!("ops sha256:{} *", "é".repeat(32)));
        assert!(error.contains("64 hex digits"), "{error}");
        let tokens = Tokens::parse("here", "ops secret-secret-secret *").unwrap();
        assert_eq!(format!("{tokens:?}"), "[\"ops\"]");
    }
}
