//! From the client library's errors to the online store's.

use std::error::Error;
use std::sync::Arc;

use redis::{ErrorKind, RedisError, ServerError, Value};

use super::super::{Cause, OnlineError};
use super::cache::{Cache, KEPT};
use super::secrets;
use super::settings::{Settings, Timeouts};

/// What all links of a store share: where it is, and what must not be said, which every message
/// needs; its timeouts, and the cache.
pub(super) struct Endpoint {
    location: String,
    secrets: Vec<String>,
    timeouts: Timeouts,
    cache: Option<Arc<Cache>>,
}

impl Endpoint {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            location: settings.location.clone(),
            secrets: settings.secrets.clone(),
            timeouts: settings.timeouts,
            cache: settings.cache.map(|size| Arc::new(Cache::new(size, KEPT))),
        }
    }

    pub(super) fn cache(&self) -> Option<&Arc<Cache>> {
        self.cache.as_ref()
    }

    /// The address for people, without its passwords.
    pub(super) fn location(&self) -> &str {
        &self.location
    }

    pub(super) fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// The error of a request that got no answer, or none at all.
    pub(super) fn failure(&self, error: &RedisError) -> OnlineError {
        match error.kind() {
            ErrorKind::Io if error.is_timeout() => self.slow_connection().caused_by(cause(error)),
            ErrorKind::Io => self.unreachable(error.to_string()).caused_by(cause(error)),
            ErrorKind::AuthenticationFailed => {
                self.refused("the user or the password in its address is wrong".to_owned())
            }
            ErrorKind::Parse => {
                let words = self.without_secrets(&error.to_string());
                self.refused(format!("what answers there is not Redis ({words})"))
            }
            ErrorKind::Server(_) | ErrorKind::Extension => {
                let words = match (error.code(), error.detail()) {
                    (Some(code), Some(detail)) => format!("{code} {detail}"),
                    _ => error.to_string(),
                };
                self.server(&words)
            }
            _ => self.refused(self.without_secrets(&error.to_string())),
        }
    }

    /// The error that the server answered a command with.
    pub(super) fn refusal(&self, error: &ServerError) -> OnlineError {
        self.server(&match error.details() {
            Some(details) => format!("{} {details}", error.code()),
            None => error.code().to_owned(),
        })
    }

    /// The error for an answer that the command never has.
    pub(super) fn unexpected(&self, answer: &Value) -> OnlineError {
        match answer {
            Value::ServerError(error) => self.refusal(error),
            other => self.refused(format!(
                "it gave an answer that the command never has, {}",
                kind(other)
            )),
        }
    }

    pub(super) fn slow_connection(&self) -> OnlineError {
        let connect = self.timeouts.connect.as_secs_f32();
        self.unreachable(format!("connecting took longer than {connect} s"))
    }

    pub(super) fn unreachable(&self, reason: String) -> OnlineError {
        OnlineError::unreachable(&self.location, reason)
    }

    pub(super) fn refused(&self, reason: String) -> OnlineError {
        OnlineError::refused(&self.location, reason)
    }

    fn server(&self, words: &str) -> OnlineError {
        let words = self.without_secrets(words);
        // Before Redis 7, an error inside a script has its code within the text.
        if words.contains("WRONGTYPE") {
            return OnlineError::Foreign {
                location: self.location.clone(),
                reason: format!("a key of the project is not a hash ({words})"),
            };
        }
        self.refused(match way_out(&words) {
            Some(way_out) => format!("{words}; {way_out}"),
            None => words,
        })
    }

    fn without_secrets(&self, words: &str) -> String {
        secrets::without(&self.secrets, words)
    }
}

/// What is beneath an error of input or output, which has no secret in it. The library has it in an
/// `Arc`, which hides what it is.
fn cause(error: &RedisError) -> Option<Cause> {
    let beneath = error.source()?;
    let beneath = beneath.downcast_ref::<Arc<dyn Error + Send + Sync>>()?;
    Some(Arc::clone(beneath).into())
}

/// What to do about an error whose own words don't say it.
fn way_out(words: &str) -> Option<&'static str> {
    let ways_out = [
        (
            "MOVED",
            "it is a node of a cluster: write redis+cluster://HOST:PORT",
        ),
        (
            "READONLY",
            "it is a replica: name the master, or write redis+sentinel://HOST:PORT/MASTER",
        ),
        (
            "OOM",
            "raise its `maxmemory`, or delete a project that is no longer needed",
        ),
        ("LOADING", "it has just been started: try again"),
        (
            "CLUSTERDOWN",
            "a part of the cluster has no master: start its node, or let a replica take over",
        ),
    ];
    let found = ways_out
        .iter()
        .find(|(code, _)| words.split([' ', ':', '-']).any(|word| word == *code));
    found.map(|(_, way_out)| *way_out)
}

/// What an answer is, without what it says.
fn kind(answer: &Value) -> &'static str {
    match answer {
        Value::Nil => "nothing",
        Value::Int(_) => "an integer",
        Value::BulkString(_) | Value::SimpleString(_) | Value::Okay => "a text",
        Value::Array(_) => "a list",
        _ => "of a kind that only newer servers have",
    }
}
