//! What a log may say.

use crate::codec::RowError;
use crate::online::OnlineError;
use crate::store::StoreError;

/// An error without the keys and values that its message may have.
pub(crate) fn without_values(error: &StoreError) -> String {
    match error {
        StoreError::Row { view, source, .. } => match &**source {
            RowError::Value { column, .. } => {
                format!("a row of view `{view}` has a value of `{column}` that does not fit")
            }
            // Its reason may say the result.
            RowError::Unanswered { column, .. } => {
                format!("a state of view `{view}` has no value of `{column}`")
            }
            other => format!("a row of view `{view}`: {other}"),
        },
        // What a server says may quote the command, and so keys; its first word is the kind.
        StoreError::Online(OnlineError::Refused {
            location, reason, ..
        }) => {
            let kind = reason.split([' ', ':']).next().unwrap_or_default();
            format!("the online store at {location} refused: {kind}")
        }
        StoreError::Online(OnlineError::Foreign { location, .. }) => format!(
            "the online store at {location} holds something that featurestore did not write"
        ),
        StoreError::Online(error) => error.to_string(),
        StoreError::Windows { .. } => error.to_string(),
        StoreError::Internal { what } => what.clone(),
        _ => "the request could not be answered".to_owned(),
    }
}
