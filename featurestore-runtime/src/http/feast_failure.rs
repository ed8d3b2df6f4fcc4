//! Failures as Feast's own server tells them, so that its clients raise what they would there.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::codes::Code;
use super::rejection::Rejection;

/// A failure in Feast's form: a text that is JSON itself and names an exception of Feast's, which
/// the client raises with the message. Our code is beside it, for other clients.
pub(super) fn feast_failure(rejection: &Rejection) -> Response {
    let mut detail = rejection.to_json();
    detail["module"] = json!("feast.errors");
    detail["class"] = json!(exception(rejection.code()));
    (rejection.status(), Json(detail.to_string())).into_response()
}

const fn exception(code: Code) -> &'static str {
    match code {
        Code::UnknownView => "FeatureViewNotFoundException",
        Code::UnknownService => "FeatureServiceNotFoundException",
        Code::UnknownJoinKey => "EntityNotFoundException",
        Code::CollidingNames => "FeatureNameCollisionError",
        _ => "FeastError",
    }
}
