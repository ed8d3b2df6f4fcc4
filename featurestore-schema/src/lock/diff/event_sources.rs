//! What changed of event sources, graded for the states of windows over them.

use super::views::column_text;
use super::{Change, Grade, count, pairs};
use crate::lock::{Lock, ViewRecord};

/// What differs between the event sources of two locks, graded for the states of windows over them.
#[must_use]
pub fn diff_event_sources(before: &Lock, after: &Lock) -> Vec<Change> {
    let mut changes = Vec::new();
    for (subject, old, new) in pairs(&before.event_sources, &after.event_sources) {
        let mut push = |item: &str, before: Option<String>, after: Option<String>, grade| {
            changes.push(Change {
                subject: subject.clone(),
                item: item.to_owned(),
                before: before.unwrap_or_default(),
                after: after.unwrap_or_default(),
                grade,
            });
        };
        let (Some(old), Some(new)) = (old, new) else {
            let columns = |record: &ViewRecord| count(record.columns.len(), "column");
            // Views over it that come or go have their own grade.
            push("", old.map(columns), new.map(columns), Grade::Compatible);
            continue;
        };
        for (item, old, new) in pairs(&old.columns, &new.columns).filter(|(_, old, new)| old != new)
        {
            let used = is_used(before, subject, item) || is_used(after, subject, item);
            let grade = if used && old.is_some() {
                Grade::Rebuild
            } else {
                Grade::Compatible
            };
            push(item, old.map(column_text), new.map(column_text), grade);
        }
        for (old, new, grade) in [
            (&old.meaning, &new.meaning, Grade::Rebuild),
            (&old.metadata, &new.metadata, Grade::Metadata),
        ] {
            for (item, old, new) in pairs(old, new).filter(|(_, old, new)| old != new) {
                push(item, old.cloned(), new.cloned(), grade);
            }
        }
    }
    changes
}

/// Whether states are of a column: the event's identity, or a feature of a window view over it.
fn is_used(lock: &Lock, events: &str, column: &str) -> bool {
    let names = |text: &str| {
        let mut words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        words.any(|word| word == column)
    };
    let identity = lock.event_sources.get(events).into_iter();
    let mut identity = identity.flat_map(|events| &events.meaning);
    let mut views = lock
        .views
        .values()
        .filter(|view| view.events() == Some(events));
    identity.any(|(fact, value)| matches!(fact.as_str(), "id" | "deleted") && names(value))
        || views.any(|view| {
            view.keys.contains_key(column) || view.meaning.values().any(|value| names(value))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "\n[event_source payment]\ncolumn amount decimal(12, 2)\ncolumn country string\ncolumn payment_id i64\ncolumn user_id string\nmeaning id payment_id\nmeaning lateness 1h\nmetadata owner a\n\n[view spent]\nkey user_id string\nmeaning events payment\nmeaning feature:spent \"sum(amount) window 7d\"\n";

    fn change(from: &str, to: &str) -> Vec<(String, Grade)> {
        let lock = |text: &str| Lock::parse(&format!("format 1\n{text}")).unwrap();
        let changed = BASE.replace(from, to);
        assert_ne!(changed, BASE, "{from} is in the text");
        let changes = diff_event_sources(&lock(BASE), &lock(&changed));
        let change = |change: Change| (change.item, change.grade);
        changes.into_iter().map(change).collect()
    }

    #[test]
    fn what_states_are_of_is_rebuilt_and_the_rest_is_not() {
        let one = |item: &str, grade| vec![(item.to_owned(), grade)];
        assert_eq!(
            change("lateness 1h", "lateness 2h"),
            one("lateness", Grade::Rebuild)
        );
        assert_eq!(
            change("meaning lateness", "meaning settling 1m\nmeaning lateness"),
            one("settling", Grade::Rebuild)
        );
        assert_eq!(change("owner a", "owner b"), one("owner", Grade::Metadata));
        assert_eq!(
            change("amount decimal(12, 2)", "amount decimal(14, 2)"),
            one("amount", Grade::Rebuild)
        );
        assert_eq!(
            change("column user_id string", "column user_id string from uid"),
            one("user_id", Grade::Rebuild)
        );
        assert_eq!(
            change("column payment_id i64", "column payment_id string"),
            one("payment_id", Grade::Rebuild)
        );
        // No window is of it.
        assert_eq!(
            change("country string", "country i64"),
            one("country", Grade::Compatible)
        );
        assert_eq!(
            change("column country", "column city string\ncolumn country"),
            one("city", Grade::Compatible)
        );
        let renamed = change("event_source payment", "event_source paid");
        assert_eq!(
            renamed,
            [
                (String::new(), Grade::Compatible),
                (String::new(), Grade::Compatible)
            ]
        );
    }
}
