//! What a comparison found.

use crate::online::Address;
use crate::time::Timestamp;

/// What a comparison found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyReport {
    views: Vec<ViewVerified>,
}

/// What a comparison found of one view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewVerified {
    view: &'static str,
    as_of: Timestamp,
    compared: u64,
    newer: u64,
    differences: Vec<Difference>,
}

/// A value that is another one online than offline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    key: String,
    column: &'static str,
    online: Option<String>,
    offline: Option<String>,
}

impl VerifyReport {
    pub(super) const fn new(views: Vec<ViewVerified>) -> Self {
        Self { views }
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.differences().next().is_none()
    }

    /// What was found of each view.
    #[must_use]
    pub fn views(&self) -> &[ViewVerified] {
        &self.views
    }

    /// All differences, with their views' names.
    pub fn differences(&self) -> impl Iterator<Item = (&'static str, &Difference)> {
        let of = |view: &'_ ViewVerified| view.view;
        self.views
            .iter()
            .flat_map(move |view| view.differences.iter().map(move |found| (of(view), found)))
    }
}

impl ViewVerified {
    pub(super) const fn new(view: &'static str, as_of: Timestamp) -> Self {
        Self {
            view,
            as_of,
            compared: 0,
            newer: 0,
            differences: Vec::new(),
        }
    }

    pub(super) const fn compared(&mut self) {
        self.compared += 1;
    }

    pub(super) const fn newer(&mut self) {
        self.newer += 1;
    }

    pub(super) fn differs(&mut self, difference: Difference) {
        self.differences.push(difference);
    }

    /// The view's name.
    #[must_use]
    pub const fn view(&self) -> &'static str {
        self.view
    }

    /// The time as of which the source was read.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// How many entities were compared.
    #[must_use]
    pub const fn entities(&self) -> u64 {
        self.compared
    }

    /// How many entities have a newer row online, which was not compared.
    #[must_use]
    pub const fn newer_online(&self) -> u64 {
        self.newer
    }

    /// What differs.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }
}

impl Difference {
    pub(super) fn new(
        address: &Address,
        column: &'static str,
        online: Option<String>,
        offline: Option<String>,
    ) -> Self {
        let address = address.to_string();
        let key = address.splitn(3, ':').nth(2).unwrap_or(&address).to_owned();
        Self {
            key,
            column,
            online,
            offline,
        }
    }

    /// The entity's key, as it stands in its address.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The column, the source's event timestamp among them; `*` where one side has no row at all or
    /// none that can be read.
    #[must_use]
    pub const fn column(&self) -> &'static str {
        self.column
    }

    /// What the online store has; nothing where that is null, or no row.
    #[must_use]
    pub fn online(&self) -> Option<&str> {
        self.online.as_deref()
    }

    /// What materialization would write; nothing where that is null, or no row.
    #[must_use]
    pub fn offline(&self) -> Option<&str> {
        self.offline.as_deref()
    }
}
