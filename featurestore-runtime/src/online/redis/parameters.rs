//! The parameters of an address, and what is wrong with them.

use std::io;
use std::num::NonZeroUsize;
use std::time::Duration;

use featurestore_schema::parse_micros;
use redis::{ConnectionInfo, ProtocolVersion, RedisConnectionInfo, RedisError};

use super::super::OnlineError;

/// What kind of address it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum AddressKind {
    Tcp,
    Unix,
    Sentinel,
    Cluster,
}

/// A parameter, and whether an address of a form with TLS or without may have it.
type Parameter = (&'static str, fn(AddressKind, bool) -> bool);

const PARAMETERS: [Parameter; 13] = [
    ("cache", |_, _| true),
    ("command_timeout", |_, _| true),
    ("connect_timeout", |_, _| true),
    ("protocol", |_, _| true),
    ("replicas", |_, _| true),
    ("ca", |_, tls| tls),
    ("cert", |_, tls| tls),
    ("key", |_, tls| tls),
    ("db", |form, _| form == AddressKind::Unix),
    ("user", |form, _| form == AddressKind::Unix),
    ("pass", |form, _| form == AddressKind::Unix),
    ("sentinel_user", |form, _| form == AddressKind::Sentinel),
    ("sentinel_pass", |form, _| form == AddressKind::Sentinel),
];

/// Why an address is none.
pub(super) enum Fault {
    Url(String),
    /// A file that it names can't be read.
    #[cfg_attr(not(feature = "redis-tls"), allow(dead_code))]
    File(String, io::Error),
    Other(OnlineError),
}

impl From<String> for Fault {
    fn from(reason: String) -> Self {
        Self::Url(reason)
    }
}

/// The library's words, without what it adds of the address.
impl From<RedisError> for Fault {
    fn from(error: RedisError) -> Self {
        let text = error.to_string();
        let reason = text.split(" - ").next().unwrap_or_default();
        let mut characters = reason.chars();
        Self::Url(characters.next().map_or_else(String::new, |first| {
            first.to_lowercase().chain(characters).collect()
        }))
    }
}

/// The parameters behind the question mark.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(query: &str, form: AddressKind, tls: bool) -> Result<Self, Fault> {
        let url = redis::parse_redis_url(&format!("redis://host/?{query}"))
            .ok_or_else(|| "its parameters can't be read".to_owned())?;
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in url.query_pairs() {
            let mut known = PARAMETERS.iter().filter(|(_, fits)| fits(form, tls));
            if !known.clone().any(|(known, _)| *known == name) {
                let known: Vec<&str> = known.by_ref().map(|(known, _)| *known).collect();
                return Err(Fault::Url(format!(
                    "it has no parameter `{name}`; the parameters of this form are {}",
                    known.join(", ")
                )));
            }
            if pairs.iter().any(|(other, _)| *other == name) {
                return Err(Fault::Url(format!("it has the parameter `{name}` twice")));
            }
            pairs.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(pairs))
    }

    /// Only with RESP3 can a server say what changed.
    pub(super) fn protocol(&self, info: ConnectionInfo) -> ConnectionInfo {
        if self.get("cache").is_none() {
            return info;
        }
        let redis = info.redis_settings().clone();
        info.set_redis_settings(redis.set_protocol(ProtocolVersion::RESP3))
    }

    pub(super) fn size(&self, name: &str) -> Result<Option<NonZeroUsize>, Fault> {
        let size = self.get(name).map(|text| {
            text.parse()
                .map_err(|_| Fault::Url(format!("{name}: `{text}` is not a number above 0")))
        });
        size.transpose()
    }

    /// A sentinel's user and password are its own.
    pub(super) fn sentinel(&self, info: ConnectionInfo) -> ConnectionInfo {
        let protocol = info.redis_settings().protocol();
        let mut settings = RedisConnectionInfo::default().set_protocol(protocol);
        if let Some(user) = self.get("sentinel_user") {
            settings = settings.set_username(user);
        }
        if let Some(password) = self.get("sentinel_pass") {
            settings = settings.set_password(password);
        }
        info.set_redis_settings(settings)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let pair = self.0.iter().find(|(other, _)| other == name)?;
        Some(&pair.1)
    }

    pub(super) fn duration(&self, name: &str, default: Duration) -> Result<Duration, Fault> {
        let Some(text) = self.get(name) else {
            return Ok(default);
        };
        let micros = parse_micros(text).map_err(|error| format!("{name}: {error}"))?;
        Ok(Duration::from_micros(micros.unsigned_abs()))
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, Fault> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(Fault::Url(format!(
                "{name}: `{other}` is neither true nor false"
            ))),
        }
    }
}
