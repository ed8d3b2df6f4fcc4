//! A row that was kept out, and why.

/// A row that was kept out of the online store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    pub(super) key: String,
    pub(super) column: &'static str,
    pub(super) reason: String,
}

impl Rejection {
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
