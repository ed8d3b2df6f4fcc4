//! What changed between two states of sources or views, and what that means for what is stored.

mod event_sources;
mod services;
mod views;

pub use event_sources::diff_event_sources;
pub use services::diff_services;
pub use views::diff_views;

use std::collections::BTreeMap;
use std::fmt;

use super::{SourceColumn, SourceRecord};

/// What a change means for the rows that are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Documentation, owner, tags, cadence: nothing is computed again.
    Metadata,
    /// Old online rows stay readable.
    Compatible,
    /// Rows must be written again.
    Recompute,
    /// States of windows must be made anew of all events.
    Rebuild,
    /// A reader loses what it uses.
    Breaking,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The source or view.
    pub subject: String,
    /// The column or the fact that differs; empty where it is the whole subject.
    pub item: String,
    /// What it was; empty where it was not there.
    pub before: String,
    /// What it is; empty where it is gone.
    pub after: String,
    /// What it means for what is stored.
    pub grade: Grade,
}

impl Grade {
    /// The grade in lower case, as tables and JSON show it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Metadata => "metadata only",
            Self::Compatible => "compatible",
            Self::Recompute => "recompute",
            Self::Rebuild => "rebuild from the log",
            Self::Breaking => "breaking",
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// What differs between the sources of two locks, by source and column.
#[must_use]
pub fn diff_sources(
    before: &BTreeMap<String, SourceRecord>,
    after: &BTreeMap<String, SourceRecord>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let none = SourceRecord::default();
    let text = |column: &SourceColumn| {
        format!("{}{}", column.dtype, if column.nullable { "?" } else { "" })
    };
    for (subject, old, new) in pairs(before, after) {
        if old.is_none() || new.is_none() {
            let columns = |record: &SourceRecord| count(record.columns.len(), "column");
            changes.push(Change {
                subject: subject.clone(),
                item: String::new(),
                before: old.map(columns).unwrap_or_default(),
                after: new.map(columns).unwrap_or_default(),
                // The view that reads it, or no longer does, has its own grade.
                grade: Grade::Compatible,
            });
            continue;
        }
        let (old, new) = (old.unwrap_or(&none), new.unwrap_or(&none));
        for (item, old, new) in pairs(&old.columns, &new.columns).filter(|(_, old, new)| old != new)
        {
            changes.push(Change {
                subject: subject.clone(),
                item: item.clone(),
                before: old.map(text).unwrap_or_default(),
                after: new.map(text).unwrap_or_default(),
                grade: Grade::Recompute,
            });
        }
    }
    changes
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Both sides by key, in order.
fn pairs<'a, V>(
    before: &'a BTreeMap<String, V>,
    after: &'a BTreeMap<String, V>,
) -> impl Iterator<Item = (&'a String, Option<&'a V>, Option<&'a V>)> {
    let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
    keys.sort();
    keys.dedup();
    keys.into_iter()
        .map(|key| (key, before.get(key), after.get(key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::Lock;

    #[test]
    fn a_source_column_that_comes_goes_or_changes_is_a_difference() {
        let source = |columns: &str| {
            Lock::parse(&format!("format 1\n\n[source a.parquet]\n{columns}"))
                .unwrap()
                .sources
        };
        let changes = diff_sources(
            &source("a i64\nb string\nc f64\n"),
            &source("a i64?\nb i64\nd f64\n"),
        );
        let texts: Vec<String> = changes
            .iter()
            .map(|change| format!("{}: {} -> {}", change.item, change.before, change.after))
            .collect();
        assert_eq!(
            texts,
            [
                "a: i64 -> i64?",
                "b: string -> i64",
                "c: f64 -> ",
                "d:  -> f64"
            ]
        );
    }
}
