//! From the client library's errors to the online store's.

use redis::{ErrorKind, RedisError, ServerError, Value};

use super::super::OnlineError;
use super::link::Link;

impl Link {
    /// The error of a request that got no answer, or none at all.
    pub(super) fn failure(&self, error: &RedisError) -> OnlineError {
        match error.kind() {
            ErrorKind::Io if error.is_timeout() => {
                self.unreachable("connecting took longer than 1 s".to_owned())
            }
            ErrorKind::Io => self.unreachable(self.without_password(error.to_string())),
            ErrorKind::AuthenticationFailed => {
                self.refused("the user or the password in its address is wrong".to_owned())
            }
            ErrorKind::Parse => {
                let error = self.without_password(error.to_string());
                self.refused(format!("what answers there is not Redis ({error})"))
            }
            ErrorKind::Server(_) | ErrorKind::Extension => {
                let words = match (error.code(), error.detail()) {
                    (Some(code), Some(detail)) => format!("{code} {detail}"),
                    _ => error.to_string(),
                };
                self.server(words)
            }
            _ => self.refused(self.without_password(error.to_string())),
        }
    }

    /// The error that the server answered a command with.
    pub(super) fn refusal(&self, error: &ServerError) -> OnlineError {
        self.server(match error.details() {
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

    pub(super) fn unreachable(&self, reason: String) -> OnlineError {
        OnlineError::Unreachable {
            location: self.location().to_owned(),
            reason,
        }
    }

    pub(super) fn foreign(&self, reason: String) -> OnlineError {
        OnlineError::Foreign {
            location: self.location().to_owned(),
            reason,
        }
    }

    fn server(&self, words: String) -> OnlineError {
        let words = self.without_password(words);
        // Before Redis 7, an error inside a script has its code within the text.
        if words.contains("WRONGTYPE") {
            return self.foreign(format!("a key of the project is not a hash ({words})"));
        }
        self.refused(words)
    }

    fn refused(&self, reason: String) -> OnlineError {
        OnlineError::Refused {
            location: self.location().to_owned(),
            reason,
        }
    }

    /// Some servers repeat the arguments of a command that they don't know, `AUTH`'s too.
    fn without_password(&self, text: String) -> String {
        match self.password() {
            Some(password) if !password.is_empty() => text.replace(password, "***"),
            _ => text,
        }
    }
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
