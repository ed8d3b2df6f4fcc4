//! How failures are told: in our own form, or in Feast's to who asks as its clients do.

use serde_json::{Value, json};

use super::codes::Code;

/// Paths of Feast's own server that its clients ask for, and where nothing is here.
const FEAST_PATHS: &[&str] = &[
    "/materialize",
    "/materialize-incremental",
    "/push",
    "/retrieve-online-documents",
    "/search",
    "/write-to-online-store",
];

/// How a failure is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FailureForm {
    /// `{"error":{"code":"missing_join_key","message":".."}}`
    Own,
    /// As Feast's own server tells it, so that its clients raise what they would there: a text that is
    /// JSON itself and names an exception of Feast's. Our code is beside it, for other clients.
    Feast,
}

impl FailureForm {
    /// What a path alone tells.
    pub(super) fn of_path(path: &str) -> Self {
        if FEAST_PATHS.contains(&path) {
            Self::Feast
        } else {
            Self::Own
        }
    }

    /// What the beginning of a body tells that is not read whole: only in Feast's form, `entities` is an
    /// object.
    pub(super) fn of_beginning(body: &[u8]) -> Self {
        let (mut rest, mut depth) = (body, 0_usize);
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            match first {
                b'"' => {
                    let Some((text, after)) = split_text(rest) else {
                        return Self::Own;
                    };
                    rest = after;
                    if depth == 1 && text == b"entities" && begins_object(rest) {
                        return Self::Feast;
                    }
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        Self::Own
    }

    /// The body of a failure with this code, whose code and message `detail` has.
    pub(super) fn body(self, code: Code, mut detail: Value) -> Value {
        match self {
            Self::Own => json!({ "error": detail }),
            Self::Feast => {
                detail["module"] = json!("feast.errors");
                detail["class"] = json!(exception(code));
                Value::String(detail.to_string())
            }
        }
    }
}

/// The text of a JSON string, behind its first quote, as it is written, and what comes after it.
fn split_text(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut is_escaped = false;
    let end = rest.iter().position(|byte| {
        let ends = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        ends
    })?;
    Some((rest.get(..end)?, rest.get(end + 1..)?))
}

/// Whether a field's name is followed by an object.
fn begins_object(rest: &[u8]) -> bool {
    let value = rest.trim_ascii_start().strip_prefix(b":");
    value.is_some_and(|value| value.trim_ascii_start().starts_with(b"{"))
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
