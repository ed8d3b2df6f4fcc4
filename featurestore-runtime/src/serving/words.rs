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
        // What a panic says may have values in it.
        StoreError::Computed(source) => match &**source {
            RowError::Panicked { service, field, .. } => {
                format!("computing `{field}` of service `{service}` panicked")
            }
            other => other.to_string(),
        },
        StoreError::Internal { what } => what.clone(),
        _ => "the request could not be answered".to_owned(),
    }
}

/// What a caller may know of an error that is of what is asked, and not of the store: a window view that has no
/// value for now. It has no key and no value.
pub(crate) fn lacking(error: &StoreError) -> Option<String> {
    let StoreError::Row { view, source, .. } = error else {
        return None;
    };
    match &**source {
        RowError::TooManyEvents { column, limit } => Some(format!(
            "feature `{column}` of view `{view}` can't be told of this entity, which has more than {limit} events in exact windows; go on without it"
        )),
        RowError::NotLoaded => Some(format!(
            "the events of view `{view}` were not loaded yet, so nothing is known of any entity; try again later, or go on without its features"
        )),
        _ => None,
    }
}
