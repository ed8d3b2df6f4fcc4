//! What a search of one group's rows knows, and how it calls keys and features.

use crate::offline::duckdb::plan::{Group, Plan};
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::source::relation::Relation;
use crate::offline::duckdb::stage::keys::SpineKeys;
use crate::offline::duckdb::tables::{ASKED, ASKED_NANOS, ASKED_WHOLE, FEATURE, KEY};

/// A search of one group's rows.
pub(crate) struct GroupSearch<'a> {
    pub(crate) session: &'a Session,
    pub(crate) plan: &'a Plan,
    pub(crate) spine: &'a SpineKeys,
    pub(crate) index: usize,
    pub(crate) group: &'a Group,
    pub(crate) relation: &'a Relation,
}

impl GroupSearch<'_> {
    pub(crate) fn key_names(&self) -> Vec<String> {
        (0..self.group.keys.len())
            .map(|index| format!("{KEY}{index}"))
            .collect()
    }

    pub(crate) fn features(&self) -> impl Iterator<Item = String> {
        (0..self.group.columns.len()).map(|index| format!("{FEATURE}{index}"))
    }

    pub(crate) fn spine_keys(&self) -> String {
        let keys = self.group.keys.iter().enumerate();
        let keys: Vec<String> = keys
            .map(|(index, (key, ..))| format!("{KEY}{key} AS {KEY}{index}"))
            .collect();
        keys.join(", ")
    }

    /// A null matches nothing, so rows with one are left out.
    pub(crate) fn some_spine_keys(&self) -> String {
        let keys = self.group.keys.iter();
        let keys: Vec<String> = keys
            .map(|(key, ..)| format!("{KEY}{key} IS NOT NULL"))
            .collect();
        keys.join(" AND ")
    }

    pub(crate) fn equal_keys(&self) -> String {
        let keys: Vec<String> = self
            .key_names()
            .iter()
            .map(|key| format!("s.{key} = v.{key}"))
            .collect();
        keys.join(" AND ")
    }

    pub(crate) const fn now(&self) -> &'static str {
        if self.group.windows.is_some() {
            ASKED_WHOLE
        } else if self.group.rule.is_nanos() {
            ASKED_NANOS
        } else {
            ASKED
        }
    }

    pub(crate) fn known_until(&self) -> String {
        self.group.rule.until(self.now())
    }
}

impl Group {
    pub(crate) fn columns_names(&self) -> Vec<&str> {
        self.columns
            .iter()
            .map(|column| column.name.as_str())
            .collect()
    }
}
