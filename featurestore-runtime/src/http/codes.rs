//! The codes that failures have, in one table: what an answer says, its status, what it means and
//! where it happens. Answers and their description are both made from it.

use axum::http::StatusCode;

/// Where a failure can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Whatever is asked.
    Everywhere,
    /// Where not everyone may ask.
    Callers,
    /// Where features of entities are asked for.
    Features,
    /// Only where they are asked for in a body.
    Body,
    /// Where the path or the method leads nowhere.
    Routes,
}

macro_rules! codes {
    ($($name:ident $text:literal $status:ident $scope:ident $meaning:literal,)*) => {
        /// What went wrong, as answers name it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code {
            $(#[doc = $meaning] $name,)*
        }

        impl Code {
            /// Every code.
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code in answers.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// The status of answers that have it.
            pub(crate) const fn status(self) -> StatusCode {
                match self {
                    $(Self::$name => StatusCode::$status,)*
                }
            }

            /// Where it happens.
            pub(crate) const fn scope(self) -> Scope {
                match self {
                    $(Self::$name => Scope::$scope,)*
                }
            }

            /// What it means, for people.
            pub(crate) const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => $meaning,)*
                }
            }
        }
    };
}

codes! {
    InvalidJson "invalid_json" BAD_REQUEST Body "the body is not JSON",
    NotAnObject "not_an_object" BAD_REQUEST Body "the body is JSON, and not an object",
    RepeatedField "repeated_field" BAD_REQUEST Features "a field is given more than once",
    UnknownField "unknown_field" BAD_REQUEST Features "a field is neither an option nor a join key, and the service has no such request field",
    InvalidField "invalid_field" BAD_REQUEST Features "an option has a value that it doesn't take",
    NothingAsked "nothing_asked" BAD_REQUEST Body "neither features nor a service are named",
    FeaturesAndService "features_and_service" BAD_REQUEST Features "features and a service are both named",
    NoFeatures "no_features" BAD_REQUEST Body "the list of features is empty",
    RepeatedFeature "repeated_feature" BAD_REQUEST Body "a feature is named more than once",
    AmbiguousFeature "ambiguous_feature" BAD_REQUEST Body "several views have a feature of this name",
    MissingJoinKey "missing_join_key" BAD_REQUEST Features "a join key that is needed is not given",
    InvalidJoinKey "invalid_join_key" BAD_REQUEST Features "a join key's value is not of its dtype",
    UnknownJoinKey "unknown_join_key" BAD_REQUEST Body "no view that the caller may read has a join key of this name",
    MissingRequestField "missing_request_field" BAD_REQUEST Features "a request field that the service needs is not given",
    InvalidRequestField "invalid_request_field" BAD_REQUEST Features "a request field's value is not of its dtype, or out of its range",
    CollidingNames "colliding_names" BAD_REQUEST Body "two names of the answer would be the same",
    UnequalJoinKeys "unequal_join_keys" BAD_REQUEST Body "the lists of join keys differ in length",
    NoEntities "no_entities" BAD_REQUEST Body "the list of entities is empty",
    TooManyEntities "too_many_entities" BAD_REQUEST Body "more entities are asked about than a request may",
    AnswerTooLarge "answer_too_large" BAD_REQUEST Features "the answer would be larger than one may be; ask for less",
    BodyUnread "body_unread" BAD_REQUEST Body "the body ended early",
    UnsayableValue "unsayable_value" UNPROCESSABLE_ENTITY Body "Feast's form has no place for a stored value; the plain one has",
    TooManyEvents "too_many_events" UNPROCESSABLE_ENTITY Features "the entity has more events than exact windows keep, so the value of one would be too small",
    NotLoaded "not_loaded" SERVICE_UNAVAILABLE Features "the events of a window view were not loaded yet",
    InvalidHost "invalid_host" BAD_REQUEST Everywhere "the request does not name its host once, as HTTP/1.1 does",
    Unauthorized "unauthorized" UNAUTHORIZED Callers "there is no token, or not a valid one",
    Forbidden "forbidden" FORBIDDEN Callers "the token may not read the metrics",
    HostNotAllowed "host_not_allowed" FORBIDDEN Callers "a server without tokens is asked by a name that is not its own",
    OriginNotAllowed "origin_not_allowed" FORBIDDEN Callers "a page of another origin asks a server without tokens",
    UnknownFeature "unknown_feature" NOT_FOUND Body "the caller may read no feature of this name",
    UnknownService "unknown_service" NOT_FOUND Features "the caller may read no service of this name",
    UnknownView "unknown_view" NOT_FOUND Body "the caller may read nothing of a view of this name",
    NotFound "not_found" NOT_FOUND Routes "nothing is at this path",
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED Routes "the path is not asked by this method",
    BodyTooLarge "body_too_large" PAYLOAD_TOO_LARGE Body "the body is larger than a request's may be",
    OnlineStoreUnavailable "online_store_unavailable" SERVICE_UNAVAILABLE Features "the online store does not answer; try again",
    Timeout "timeout" SERVICE_UNAVAILABLE Callers "the request took too long",
    TooBusy "too_busy" SERVICE_UNAVAILABLE Callers "too many requests are being answered; try again",
    OnlineStore "online_store" INTERNAL_SERVER_ERROR Features "the online store answers with what it should not",
    UnreadableRow "unreadable_row" INTERNAL_SERVER_ERROR Features "a row in the online store is damaged",
    FailedExpression "failed_expression" INTERNAL_SERVER_ERROR Features "a feature can't be computed of what the request and the rows have",
    Internal "internal" INTERNAL_SERVER_ERROR Everywhere "the server made a mistake; its log says which",
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn no_code_is_two() {
        for (index, code) in Code::ALL.iter().enumerate() {
            let first = Code::ALL
                .iter()
                .position(|other| other.as_str() == code.as_str());
            assert_eq!(first, Some(index), "{}", code.as_str());
        }
    }
}
