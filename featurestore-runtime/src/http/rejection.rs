//! Every way in which a request can fail, each with its status, code and message.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::codes::Code;
use super::current;
use super::given::Given;
use crate::codec::RowError;
use crate::online::OnlineError;
use crate::registry::RegistryError;
use crate::serving::{lacking, without_values};
use crate::store::StoreError;
use crate::types::ValueError;
use crate::view::Violation;

/// The longest message that is sent; only what a client sent itself can make one longer.
const MAX_MESSAGE: usize = 4_000;

/// Where the routes are described.
const DESCRIBED: &str = if cfg!(feature = "pages") {
    "/docs"
} else {
    "/openapi.json"
};

/// A request that has no answer. The body has its code and message, in the
/// [form](super::failure_form::FailureForm) of who asks.
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
    #[error("say what to read: `features`, a list of names, or `{service}`, a name")]
    NothingAsked { service: &'static str },
    #[error("`features` and `{service}` are both given; a request has one of them")]
    FeaturesAndService { service: &'static str },
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
    #[error("request field `{field}`: {error}")]
    WrongRequest {
        field: &'static str,
        error: Violation,
    },
    #[error("`entities` takes a list of values for join key `{key}`, not {given}")]
    KeyList { key: String, given: String },
    #[error(
        "`entities` has `{name}`, which is no view's join key{}; there is: {known}", hint.as_deref().map(|hint| format!(" (did you mean `{hint}`?)")).unwrap_or_default()
    )]
    UnknownKey {
        name: String,
        hint: Option<String>,
        known: String,
    },
    #[error("`{name}` would be in the answer twice; {way_out}")]
    CollidingNames { name: String, way_out: &'static str },
    #[error(
        "feature `{of}:{name}` of entity {entity} has {what}, which clients of Feast can't take; ask for it in the plain form, with join keys beside `features`"
    )]
    Unsayable {
        /// The view, or the service where it is computed.
        of: &'static str,
        name: &'static str,
        entity: usize,
        what: &'static str,
    },
    #[error("lists of join keys have one value per entity, all the same number: {first}, {second}")]
    UnequalKeys { first: String, second: String },
    #[error("`{key}` is an empty list; name at least one entity")]
    NoEntities { key: String },
    #[error("{count} entities are asked about, and a request may ask about {limit}; split it")]
    TooManyEntities { count: usize, limit: usize },
    #[error("the answer would be larger than {limit} bytes; ask for fewer entities or features")]
    AnswerTooLarge { limit: usize },
    #[error("the body is larger than {limit} bytes; split the request")]
    BodyTooLarge { limit: usize },
    #[error("the body ended early: {reason}")]
    BodyUnread { reason: String },
    #[error(
        "nothing is at {path}; there is: POST /get-online-features, GET /services/NAME, GET /health; {DESCRIBED} describes them"
    )]
    NotFound { path: String },
    #[error("{method} is not for {path}; the header `allow` says what is")]
    Method { method: Method, path: String },
    #[error("this needs a token that is valid; send the header `authorization: Bearer TOKEN`")]
    NoToken,
    #[error("this token may not read the metrics; ask with one that may")]
    NoMetrics,
    #[error("the request {what}; HTTP/1.1 has exactly one, as in `host: localhost:6566`")]
    HostHeader { what: &'static str },
    #[error(
        "the host `{host}` is not one of this server's; ask by a name of its own, as localhost"
    )]
    Host { host: String },
    #[error(
        "pages of `{origin}` may not ask this server; ask it from a program, or from a page of its own"
    )]
    Origin { origin: String },
    #[error("the request took longer than {} s; ask for less, or ask again", limit.as_secs_f64())]
    Timeout { limit: Duration },
    #[error("{limit} requests are being answered, and there may be no more; ask again")]
    TooBusy { limit: usize },
    #[error("{}", told(.0))]
    Store(#[source] Box<StoreError>),
    #[error("the server failed on this request; its log says why")]
    Panic,
    /// What always holds did not; what that is, the log says.
    #[error("the server failed on this request; its log says why")]
    Broken { what: String },
}

impl Rejection {
    /// What should hold and does not, for the log.
    pub(super) fn broken(what: impl Into<String>) -> Self {
        Self::Broken { what: what.into() }
    }

    /// An option with a value that it doesn't take.
    pub(super) fn option(field: &'static str, expected: &'static str, given: &Given<'_>) -> Self {
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

    /// What stands where an object of join keys does in Feast's form.
    pub(super) fn entities(given: &Given<'_>) -> Self {
        let expected = "an object with a list of values for each join key";
        Self::option("entities", expected, given)
    }

    /// A join key that no view has.
    pub(super) fn unknown_key(
        name: &str,
        known: impl Iterator<Item = &'static str> + Clone,
    ) -> Self {
        Self::UnknownKey {
            name: name.to_owned(),
            hint: featurestore_schema::nearest(name, known.clone()).map(str::to_owned),
            known: featurestore_schema::listing(known),
        }
    }

    /// A body that could not be read whole.
    pub(super) fn body(error: &BytesRejection, limit: usize) -> Self {
        match error {
            BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
                Self::BodyTooLarge { limit }
            }
            other => Self::BodyUnread {
                reason: other.to_string(),
            },
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        self.code().status()
    }

    pub(super) fn code(&self) -> Code {
        match self {
            Self::InvalidJson { .. } => Code::InvalidJson,
            Self::NotAnObject { .. } => Code::NotAnObject,
            Self::RepeatedField { .. } => Code::RepeatedField,
            Self::UnknownField { .. } => Code::UnknownField,
            Self::Option { .. } | Self::KeyList { .. } => Code::InvalidField,
            Self::NothingAsked { .. } => Code::NothingAsked,
            Self::FeaturesAndService { .. } => Code::FeaturesAndService,
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
            Self::WrongRequest { .. } => Code::InvalidRequestField,
            Self::UnknownKey { .. } => Code::UnknownJoinKey,
            Self::CollidingNames { .. } => Code::CollidingNames,
            Self::Unsayable { .. } => Code::UnsayableValue,
            Self::UnequalKeys { .. } => Code::UnequalJoinKeys,
            Self::NoEntities { .. } => Code::NoEntities,
            Self::TooManyEntities { .. } => Code::TooManyEntities,
            Self::AnswerTooLarge { .. } => Code::AnswerTooLarge,
            Self::BodyTooLarge { .. } => Code::BodyTooLarge,
            Self::BodyUnread { .. } => Code::BodyUnread,
            Self::NotFound { .. } => Code::NotFound,
            Self::Method { .. } => Code::MethodNotAllowed,
            Self::NoToken => Code::Unauthorized,
            Self::NoMetrics => Code::Forbidden,
            Self::HostHeader { .. } => Code::InvalidHost,
            Self::Host { .. } => Code::HostNotAllowed,
            Self::Origin { .. } => Code::OriginNotAllowed,
            Self::Timeout { .. } => Code::Timeout,
            Self::TooBusy { .. } => Code::TooBusy,
            Self::Store(error) => match &**error {
                StoreError::Online(
                    OnlineError::Unreachable { .. } | OnlineError::Refused { .. },
                ) => Code::OnlineStoreUnavailable,
                StoreError::Online(_) => Code::OnlineStore,
                StoreError::KeyTooLong { .. } => Code::InvalidJoinKey,
                StoreError::Request { .. } => Code::InvalidRequestField,
                StoreError::MissingRequest { .. } => Code::MissingRequestField,
                StoreError::Computed(_) => Code::FailedExpression,
                StoreError::Row { source, .. } if source.is_internal() => Code::Internal,
                StoreError::Row { source, .. } => match &**source {
                    RowError::TooManyEvents { .. } => Code::TooManyEvents,
                    RowError::NotLoaded => Code::NotLoaded,
                    _ => Code::UnreadableRow,
                },
                _ => Code::Internal,
            },
            Self::Panic | Self::Broken { .. } => Code::Internal,
        }
    }
}

/// What a caller is told of a store's error: what it can do about it. Where the store is, what it said
/// and how it is mended stands in the log.
fn told(error: &StoreError) -> String {
    if let Some(told) = lacking(error) {
        return told;
    }
    match error {
        StoreError::Online(OnlineError::Unreachable { .. } | OnlineError::Refused { .. }) => {
            "the online store does not answer at the moment; ask again later".to_owned()
        }
        StoreError::KeyTooLong { .. } => format!("{error}; ask with the entity's own key"),
        StoreError::Request { .. } | StoreError::MissingRequest { .. } => error.to_string(),
        StoreError::Computed(source) => match &**source {
            RowError::Panicked { field, .. } => format!(
                "`{field}` can't be computed for this request; whoever runs this service finds more in its log"
            ),
            other => other.to_string(),
        },
        StoreError::Online(_) => {
            "the online store answers with what it should not; asking again does not help, whoever runs this service finds more in its log".to_owned()
        }
        StoreError::Row { view, source, .. } if !source.is_internal() => format!(
            "the row of view `{view}` can't be read; ask without its features, whoever runs this service finds more in its log"
        ),
        _ => "the server failed on this request; its log says why".to_owned(),
    }
}

impl From<StoreError> for Rejection {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}

impl Rejection {
    /// Counts it, and logs it where it is not the request's fault.
    pub(super) fn report(&self) {
        current::failed(self.code().as_str(), self.fault());
    }

    /// Its code and message, as answers have them. It is reported.
    pub(super) fn to_json(&self) -> Value {
        self.report();
        let code = self.code().as_str();
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
            Self::Store(error) => {
                let is_fault = self.status().is_server_error();
                is_fault.then(|| without_values(error))
            }
            Self::Panic => Some("the handler panicked; more is on the standard error".to_owned()),
            Self::Broken { what } => Some(what.clone()),
            // Where there are many of these, a line for each makes it worse.
            Self::TooBusy { .. } => None,
            // What could be set otherwise is for who may set it, and not for who asks.
            Self::Host { .. } => Some(
                "the host that is asked for is none of this server's, which has no tokens; allow its name with --allow-host".to_owned(),
            ),
            Self::Origin { .. } => Some(
                "a page of another origin asks this server, which has no tokens; allow its origin with --cors-origin".to_owned(),
            ),
            Self::NoMetrics => Some(
                "a token may not read the metrics; its line in the file of tokens needs `/metrics` or `*`".to_owned(),
            ),
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

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let body = current::failure_form().body(self.code(), self.to_json());
        let mut response = (self.status(), Json(body)).into_response();
        if let Some((name, value)) = self.header() {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_the_library_is_no_unreadable_row() {
        let row = |source| {
            Rejection::from(StoreError::Row {
                view: "watch_activity",
                address: "p/user_id=7".to_owned(),
                source: Box::new(source),
            })
        };
        let broken = row(RowError::internal("a service has no row of its view"));
        assert_eq!(broken.code().as_str(), "internal");
        let unknown = row(RowError::UnknownLayout { schema_id: 7 });
        assert_eq!(unknown.code().as_str(), "unreadable_row");
    }

    #[test]
    fn what_is_broken_is_named_in_the_log_and_not_to_the_caller() {
        let rejection = Rejection::broken("service `watch_next` has no plan");
        let fault = rejection.fault();
        assert_eq!(fault.as_deref(), Some("service `watch_next` has no plan"));
        assert_eq!(rejection.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!rejection.to_string().contains("watch_next"));
    }
}
