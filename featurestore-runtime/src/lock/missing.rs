//! Whether the registry has the views and event sources that the lock knows.

use std::collections::BTreeSet;

use featurestore_schema::lock::Lock;

use crate::registry::{Registry, RegistryError};

/// A linker drops a crate that nothing names, and its views with it. That the registry lacks a view
/// of the lock is how a program notices.
pub(crate) fn check_complete(registry: &Registry, lock: &Lock) -> Result<(), RegistryError> {
    let mut lines = Vec::new();
    let mut crates = BTreeSet::new();
    for (field, view) in &lock.views {
        let name = field
            .split_once('@')
            .map_or(field.as_str(), |(name, _)| name);
        let type_path = view.metadata.get("type").map_or("?", String::as_str);
        // Under another name it was not dropped; `plan` tells of that.
        let linked = registry
            .views()
            .any(|view| view.name() == name || view.type_path() == type_path);
        if !linked {
            lines.push(format!("`{name}` ({type_path})"));
            crates.extend(type_path.split_once("::").map(|(name, _)| name));
        }
    }
    for (name, events) in &lock.event_sources {
        let type_path = events.metadata.get("type").map_or("?", String::as_str);
        let linked = registry
            .event_sources()
            .any(|events| events.name() == name || events.rows().type_path() == type_path);
        if !linked {
            lines.push(format!("event source `{name}` ({type_path})"));
            crates.extend(type_path.split_once("::").map(|(name, _)| name));
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    let uses: Vec<String> = crates
        .iter()
        .map(|name| format!("`use {name} as _;`"))
        .collect();
    Err(RegistryError::Dropped {
        views: lines.join(", "),
        uses: uses.join(", "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lock: &str) -> Result<(), RegistryError> {
        let lock = Lock::parse(&format!("format 1\n{lock}")).unwrap();
        check_complete(&Registry::new([]).unwrap(), &lock)
    }

    #[test]
    fn a_view_that_the_linker_dropped_names_its_crate() {
        let view = "\n[view watch_activity@2]\nmetadata type watch_next::views::WatchActivity\n";
        let message = check(view).unwrap_err().to_string();
        for text in [
            "FS0080: ",
            "`watch_activity` (watch_next::views::WatchActivity)",
            "add `use watch_next as _;`",
            "`lock`",
        ] {
            assert!(message.contains(text), "{message}");
        }
        let other = "\n[view a]\nmetadata type genres::A\n\n[view b]\nmetadata type genres::B\n";
        let message = check(&format!("{other}{view}")).unwrap_err().to_string();
        assert!(
            message.contains("`use genres as _;`, `use watch_next as _;`"),
            "{message}"
        );
    }

    #[test]
    fn an_event_source_that_the_linker_dropped_is_told_as_well() {
        let events = "\n[event_source payment]\nmetadata type bank::Payment\n";
        let message = check(events).unwrap_err().to_string();
        assert!(
            message.contains("event source `payment` (bank::Payment)")
                && message.contains("`use bank as _;`"),
            "{message}"
        );
    }

    #[test]
    fn a_lock_of_sources_alone_asks_for_nothing() {
        assert_eq!(check("\n[source a.parquet]\nn i64\n"), Ok(()));
    }
}
