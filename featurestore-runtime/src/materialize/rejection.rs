//! A row that was kept out, and why.

use crate::time::{Horizon, Timestamp};
use crate::view::Violation;

/// A row that was kept out of the online store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    pub(super) key: String,
    pub(super) column: &'static str,
    pub(super) reason: String,
}

impl Rejection {
    /// Why a row of a time, nothing where that is beyond the calendar, is of the future, if it is.
    pub(super) fn ahead(time: Option<Timestamp>, horizon: Horizon) -> Option<String> {
        match time.map(|time| Violation::check_time(time, horizon)) {
            Some(Err(violation)) => Some(violation.to_string()),
            None => Some("it is later than any time".to_owned()),
            Some(Ok(())) => None,
        }
    }

    /// The entity's key, its values with commas between them; a null one is `null`.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The source's column.
    #[must_use]
    pub const fn column(&self) -> &'static str {
        self.column
    }

    /// What is wrong with its value.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "`{}` of {}: {}",
            self.column, self.key, self.reason
        )
    }
}
