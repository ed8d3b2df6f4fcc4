//! Every way in which a request can fail, each with its status, code and message.

use axum::Json;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::codes::Code;
use super::{MAX_BODY, MAX_ENTITIES};
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
    #[error(
        "{count} entities are asked about, and a request may ask about {MAX_ENTITIES}; split it"
    )]
    TooManyEntities { count: usize },
    #[error("the body is larger than {MAX_BODY} bytes; split the request")]
    BodyTooLarge,
    #[error("the body ended early: {reason}")]
    BodyUnread { reason: String },
    #[error(
        "nothing is at {path}; there is: POST /get-online-features, GET /services/NAME, GET /health; /docs describes them"
    )]
    NotFound { path: String },
    #[error("{method} is not for {path}; the header `allow` says what is")]
    Method { method: Method, path: String },
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
        self.code().status()
    }

    fn code(&self) -> Code {
        match self {
            Self::InvalidJson { .. } => Code::InvalidJson,
            Self::NotAnObject { .. } => Code::NotAnObject,
            Self::RepeatedField { .. } => Code::RepeatedField,
            Self::UnknownField { .. } => Code::UnknownField,
            Self::Option { .. } => Code::InvalidField,
            Self::NothingAsked => Code::NothingAsked,
            Self::FeaturesAndService => Code::FeaturesAndService,
            Self::NoFeatures => Code::NoFeatures,
            Self::RepeatedFeature { .. } => Code::RepeatedFeature,
            Self::Name(RegistryError::Unknown { kind, .. }) => match *kind {
                "feature" => Code::UnknownFeature,
                "service" => Code::UnknownService,
                _ => Code::UnknownView,
            },
            Self::Name(_) => Code::AmbiguousFeature,
            Self::MissingKey { .. } => Code::MissingJoinKey,
            Self::WrongKey { .. } => Code::InvalidJoinKey,
            Self::UnequalKeys { .. } => Code::UnequalJoinKeys,
            Self::NoEntities { .. } => Code::NoEntities,
            Self::TooManyEntities { .. } => Code::TooManyEntities,
            Self::BodyTooLarge => Code::BodyTooLarge,
            Self::BodyUnread { .. } => Code::BodyUnread,
            Self::NotFound { .. } => Code::NotFound,
            Self::Method { .. } => Code::MethodNotAllowed,
            Self::Store(error) => match &**error {
                Error::Online(OnlineError::Unreachable { .. } | OnlineError::Refused { .. }) => {
                    Code::OnlineStoreUnavailable
                }
                Error::Online(_) => Code::OnlineStore,
                Error::Row { .. } => Code::UnreadableRow,
                _ => Code::Internal,
            },
            Self::Panic => Code::Internal,
        }
    }
}

impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        Self::Store(Box::new(error))
    }
}

impl Rejection {
    /// Its code and message, as answers have them; what is not the request's fault is logged.
    pub(super) fn to_json(&self) -> Value {
        let code = self.code().as_str();
        let mut message = self.to_string();
        if self.status().is_server_error() {
            tracing::error!(code, %message, "a request failed");
        }
        if let Some((end, _)) = message.char_indices().nth(MAX_MESSAGE) {
            message.truncate(end);
            message.push_str(" ..");
        }
        json!({ "code": code, "message": message })
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.to_json() });
        (self.status(), Json(body)).into_response()
    }
}
