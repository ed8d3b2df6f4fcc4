//! Every way in which a request can fail, each with its status, code and message.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::current;
use crate::codec::RowError;
use crate::error::Error;
use crate::online::OnlineError;
use crate::registry::RegistryError;
use crate::types::ValueError;

/// The longest message that is sent; only what a client sent itself can make one longer.
const MAX_MESSAGE: usize = 4_000;

/// A request that has no answer. The body is always
/// `{"error":{"code":"missing_join_key","message":".."}}`.
///
/// Invariant: what the request is to blame for is 4xx and never 429, since some clients repeat a
/// request on 429 and 5xx.
#[derive(Debug, thiserror::Error)]
pub(super) enum Rejection {
    #[error(
        "the body is not JSON: {reason}; send an object like {{\"user_id\": \"8a2f\", \"features\": [\"..\"]}}"
    )]
    InvalidJson { reason: String },
    #[error(
        "the body is not a JSON object ({reason}); send one like {{\"user_id\": \"8a2f\", \"features\": [\"..\"]}}"
    )]
    NotAnObject { reason: String },
    #[error("`{name}` is given more than once")]
    RepeatedField { name: String },
    #[error(
        "`{name}` is neither an option nor a join key{}; there is: {known}", hint.as_deref().map(|hint| format!(" (did you mean `{hint}`?)")).unwrap_or_default()
    )]
    UnknownField {
        name: String,
        hint: Option<String>,
        known: String,
    },
    #[error("`{field}` takes {expected}, not {given}")]
    Option {
        field: &'static str,
        expected: &'static str,
        given: String,
    },
    #[error("say what to read: `features`, a list of names, or `service`, a name")]
    NothingAsked,
    #[error("`features` and `service` are both given; a request has one of them")]
    FeaturesAndService,
    #[error("`features` is empty; name at least one")]
    NoFeatures,
    #[error("feature `{name}` is asked for more than once")]
    RepeatedFeature { name: String },
    #[error(transparent)]
    Name(#[from] RegistryError),
    #[error("join key `{key}` is missing; needed for these features: {wanted}")]
    MissingKey { key: &'static str, wanted: String },
    #[error("join key `{key}`: {error}")]
    WrongKey {
        key: &'static str,
        error: ValueError,
    },
    #[error("lists of join keys have one value per entity, all the same number: {first}, {second}")]
    UnequalKeys { first: String, second: String },
    #[error("`{key}` is an empty list; name at least one entity")]
    NoEntities { key: String },
    #[error("{count} entities are asked about, and a request may ask about {limit}; split it")]
    TooManyEntities { count: usize, limit: usize },
    #[error("the body is larger than {limit} bytes; split the request")]
    BodyTooLarge { limit: usize },
    #[error("the body ended early: {reason}")]
    BodyUnread { reason: String },
    #[error(
        "nothing is at {path}; there is: POST /get-online-features, GET /services/NAME, GET /health"
    )]
    NotFound { path: String },
    #[error("{method} is not for {path}; the header `allow` says what is")]
    Method { method: Method, path: String },
    #[error("this needs a token that is valid; send the header `authorization: Bearer TOKEN`")]
    NoToken,
    #[error("this token may not read the metrics; its line needs `/metrics` or `*`")]
    NoMetrics,
    #[error(
        "the host `{host}` is not one of this server's, which has no tokens and so answers only to names of its own; ask for localhost, or allow the name with --allow-host"
    )]
    Host { host: String },
    #[error(
        "pages of `{origin}` may not ask this server, which has no tokens; allow them with --cors-origin"
    )]
    Origin { origin: String },
    #[error("the request took longer than {} s; ask for less, or ask again", limit.as_secs_f64())]
    Timeout { limit: Duration },
    #[error("{limit} requests are being answered, and there may be no more; ask again")]
    TooBusy { limit: usize },
    #[error(transparent)]
    Store(Box<Error>),
    #[error("the server failed on this request; its log says why")]
    Panic,
}

impl Rejection {
    /// An option with a value that it doesn't take.
    pub(super) fn option(field: &'static str, expected: &'static str, given: &Value) -> Self {
        Self::Option {
            field,
            expected,
            given: given.to_string(),
        }
    }

    /// A field that means nothing.
    pub(super) fn unknown_field(name: &str, known: &[&str]) -> Self {
        let known = known.iter().copied();
        Self::UnknownField {
            name: name.to_owned(),
            hint: featurestore_schema::nearest(name, known.clone()).map(str::to_owned),
            known: featurestore_schema::listing(known),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::InvalidJson { .. }
            | Self::NotAnObject { .. }
            | Self::RepeatedField { .. }
            | Self::UnknownField { .. }
            | Self::Option { .. }
            | Self::NothingAsked
            | Self::FeaturesAndService
            | Self::NoFeatures
            | Self::RepeatedFeature { .. }
            | Self::MissingKey { .. }
            | Self::WrongKey { .. }
            | Self::UnequalKeys { .. }
            | Self::NoEntities { .. }
            | Self::TooManyEntities { .. }
            | Self::BodyUnread { .. } => StatusCode::BAD_REQUEST,
            Self::Name(RegistryError::Unknown { .. }) | Self::NotFound { .. } => {
                StatusCode::NOT_FOUND
            }
            Self::Name(_) => StatusCode::BAD_REQUEST,
            Self::NoToken => StatusCode::UNAUTHORIZED,
            Self::NoMetrics | Self::Host { .. } | Self::Origin { .. } => StatusCode::FORBIDDEN,
            Self::Timeout { .. } | Self::TooBusy { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Store(error) => match &**error {
                Error::Online(OnlineError::Unreachable { .. } | OnlineError::Refused { .. }) => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::Panic => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::InvalidJson { .. } => "invalid_json",
            Self::NotAnObject { .. } => "not_an_object",
            Self::RepeatedField { .. } => "repeated_field",
            Self::UnknownField { .. } => "unknown_field",
            Self::Option { .. } => "invalid_field",
            Self::NothingAsked => "nothing_asked",
            Self::FeaturesAndService => "features_and_service",
            Self::NoFeatures => "no_features",
            Self::RepeatedFeature { .. } => "repeated_feature",
            Self::Name(RegistryError::Unknown { kind, .. }) => match *kind {
                "feature" => "unknown_feature",
                "service" => "unknown_service",
                _ => "unknown_view",
            },
            Self::Name(_) => "ambiguous_feature",
            Self::MissingKey { .. } => "missing_join_key",
            Self::WrongKey { .. } => "invalid_join_key",
            Self::UnequalKeys { .. } => "unequal_join_keys",
            Self::NoEntities { .. } => "no_entities",
            Self::TooManyEntities { .. } => "too_many_entities",
            Self::BodyTooLarge { .. } => "body_too_large",
            Self::NoToken => "unauthorized",
            Self::NoMetrics => "forbidden",
            Self::Host { .. } => "host_not_allowed",
            Self::Origin { .. } => "origin_not_allowed",
            Self::Timeout { .. } => "timeout",
            Self::TooBusy { .. } => "too_busy",
            Self::BodyUnread { .. } => "body_unread",
            Self::NotFound { .. } => "not_found",
            Self::Method { .. } => "method_not_allowed",
            Self::Store(error) => match &**error {
                Error::Online(OnlineError::Unreachable { .. } | OnlineError::Refused { .. }) => {
                    "online_store_unavailable"
                }
                Error::Online(_) => "online_store",
                Error::Row { .. } => "unreadable_row",
                _ => "internal",
            },
            Self::Panic => "internal",
        }
    }
}

impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        Self::Store(Box::new(error))
    }
}

impl Rejection {
    /// Its code and message, as answers have them. It is counted, and logged where it is not the
    /// request's fault.
    pub(super) fn to_json(&self) -> Value {
        let code = self.code();
        current::failed(code, self.fault());
        let mut message = self.to_string();
        if let Some((end, _)) = message.char_indices().nth(MAX_MESSAGE) {
            message.truncate(end);
            message.push_str(" ..");
        }
        json!({ "code": code, "message": message })
    }

    /// What the log says of it: nothing where the request is to blame. The message won't do, since
    /// it has addresses, which are made of keys, and values.
    fn fault(&self) -> Option<String> {
        match self {
            Self::Store(error) => Some(without_values(error)),
            Self::Panic => Some(
                "the handler panicked, or its answer can't be written; more is on the standard error"
                    .to_owned(),
            ),
            // Where there are many of these, a line for each makes it worse.
            Self::TooBusy { .. } => None,
            _ => self.status().is_server_error().then(|| self.to_string()),
        }
    }

    /// A header that goes with the answer.
    const fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::NoToken => Some((
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"featurestore\""),
            )),
            Self::TooBusy { .. } => Some((header::RETRY_AFTER, HeaderValue::from_static("1"))),
            _ => None,
        }
    }
}

/// An error without the keys and values that its message may have.
pub(crate) fn without_values(error: &Error) -> String {
    match error {
        Error::Row { view, error, .. } => match &**error {
            RowError::Value { column, .. } => {
                format!("a row of view `{view}` has a value of `{column}` that does not fit")
            }
            other => format!("a row of view `{view}`: {other}"),
        },
        // What a server says may quote the command, and so keys; its first word is the kind.
        Error::Online(OnlineError::Refused { location, reason }) => {
            let kind = reason.split([' ', ':']).next().unwrap_or_default();
            format!("the online store at {location} refused: {kind}")
        }
        Error::Online(OnlineError::Foreign { location, .. }) => format!(
            "the online store at {location} holds something that featurestore did not write"
        ),
        Error::Online(error) => error.to_string(),
        _ => "the request could not be answered".to_owned(),
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.to_json() });
        let mut response = (self.status(), Json(body)).into_response();
        if let Some((name, value)) = self.header() {
            response.headers_mut().insert(name, value);
        }
        response
    }
}
