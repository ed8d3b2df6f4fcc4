//! What changed of views, graded for the rows that are stored and for those who read them.

use super::{Change, Grade, pairs};
use crate::Dtype;
use crate::lock::{Lock, ViewColumn, ViewRecord};

/// What differs between the views of two locks, graded for what is stored and who reads it.
#[must_use]
pub fn diff_views(before: &Lock, after: &Lock) -> Vec<Change> {
    let mut changes = Vec::new();
    for (subject, old, new) in pairs(&before.views, &after.views) {
        let whole = |before: String, after: &str, grade| Change {
            subject: subject.clone(),
            item: String::new(),
            before,
            after: after.to_owned(),
            grade,
        };
        match (old, new) {
            (Some(old), Some(new)) => view_changes(subject, old, new, before, &mut changes),
            (None, Some(_)) if other_version(subject, before, after).is_some() => {
                let old = other_version(subject, before, after).unwrap_or_default();
                let (old, new) = (version(old), version(subject));
                let text = |number| format!("version {number}");
                // Stands beside the old one's rows, and has none of its own yet.
                let grade = again(after.views.get(subject.as_str()));
                changes.push(whole(text(old), &text(new), grade));
            }
            (None, Some(new)) => {
                let mut gone = before
                    .views
                    .iter()
                    .filter(|(name, _)| !after.views.contains_key(*name));
                let renamed =
                    gone.find(|(_, old)| old.columns == new.columns && old.keys == new.keys);
                let before = renamed.map(|(name, _)| format!("perhaps `{name}`, renamed"));
                changes.push(whole(
                    before.unwrap_or_default(),
                    "a new view",
                    Grade::Compatible,
                ));
            }
            // Told by the version that stands for it.
            _ if other_version(subject, after, before).is_some() => {}
            _ => {
                let used = is_used(before, subject, None);
                let grade = if used {
                    Grade::Breaking
                } else {
                    Grade::Recompute
                };
                changes.push(whole("a view".to_owned(), "", grade));
            }
        }
    }
    changes
}

/// The same view in `known`, under a version that `others` does not have.
fn other_version<'a>(view: &str, known: &'a Lock, others: &Lock) -> Option<&'a str> {
    known
        .views
        .keys()
        .map(String::as_str)
        .find(|other| base(other) == base(view) && !others.views.contains_key(*other))
}

/// A view's name without its version.
pub(super) fn base(view: &str) -> &str {
    view.split_once('@').map_or(view, |(name, _)| name)
}

fn version(view: &str) -> &str {
    view.split_once('@').map_or("1", |(_, version)| version)
}

/// What it takes to have a view's rows: they are written again, or made of all events.
fn again(view: Option<&ViewRecord>) -> Grade {
    match view.and_then(ViewRecord::events) {
        Some(_) => Grade::Rebuild,
        None => Grade::Recompute,
    }
}

fn view_changes(
    subject: &str,
    old: &ViewRecord,
    new: &ViewRecord,
    before: &Lock,
    changes: &mut Vec<Change>,
) {
    let is_windows = new.events().is_some();
    let again = again(Some(new));
    let mut push = |item: &str, before: Option<String>, after: Option<String>, grade| {
        changes.push(Change {
            subject: subject.to_owned(),
            item: item.to_owned(),
            before: before.unwrap_or_default(),
            after: after.unwrap_or_default(),
            grade,
        });
    };
    for (item, old, new) in pairs(&old.columns, &new.columns).filter(|(_, old, new)| old != new) {
        let grade = match column_grade(old, new, is_used(before, subject, Some(item))) {
            Grade::Breaking => Grade::Breaking,
            // A state is of all features together, and what is read of no event is not in it.
            _ if is_windows => match (old, new) {
                (Some(old), Some(new)) if old.dtype == new.dtype => Grade::Compatible,
                _ => Grade::Rebuild,
            },
            grade => grade,
        };
        push(item, old.map(column_text), new.map(column_text), grade);
    }
    if old.columns == new.columns {
        // The columns' order, which the layouts alone record.
        let added = new
            .layouts
            .keys()
            .filter(|id| !old.layouts.contains_key(id));
        for id in added {
            let id = format!("layout {id:07x}");
            let grade = if is_windows {
                Grade::Rebuild
            } else {
                Grade::Compatible
            };
            push("", None, Some(id), grade);
        }
    }
    let key = |dtype: &Dtype| format!("key {dtype}");
    for (item, old, new) in pairs(&old.keys, &new.keys).filter(|(_, old, new)| old != new) {
        push(item, old.map(key), new.map(key), again);
    }
    for (old, new, grade) in [
        (&old.meaning, &new.meaning, again),
        (&old.metadata, &new.metadata, Grade::Metadata),
    ] {
        for (item, old, new) in pairs(old, new).filter(|(_, old, new)| old != new) {
            push(item, old.cloned(), new.cloned(), grade);
        }
    }
}

fn column_grade(old: Option<&ViewColumn>, new: Option<&ViewColumn>, used: bool) -> Grade {
    let lost = if used {
        Grade::Breaking
    } else {
        Grade::Recompute
    };
    match (old, new) {
        (None, Some(new)) if new.nullable || new.default => Grade::Compatible,
        (None, _) => Grade::Recompute,
        (Some(_), None) => lost,
        (Some(old), Some(new)) if !new.dtype.widens(old.dtype) => lost,
        (Some(old), Some(new)) => {
            let may_be_null_no_more = old.nullable && !new.nullable;
            let has_no_default_now = old.default && !new.default && !new.nullable;
            if old.source_column != new.source_column || may_be_null_no_more || has_no_default_now {
                Grade::Recompute
            } else {
                Grade::Compatible
            }
        }
    }
}

pub(super) fn column_text(column: &ViewColumn) -> String {
    let null = if column.nullable { "?" } else { "" };
    let default = if column.default { " default" } else { "" };
    let from = column
        .source_column
        .as_ref()
        .map(|name| format!(" from {name}"));
    format!(
        "{}{null}{default}{}",
        column.dtype,
        from.unwrap_or_default()
    )
}

/// Whether a service that was published reads the view, or the one column of it.
fn is_used(lock: &Lock, view: &str, column: Option<&str>) -> bool {
    lock.services
        .values()
        .flat_map(|service| service.features.values())
        .any(|used| used.view == view && column.is_none_or(|column| used.column == column))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "column count i32\ncolumn other i64\nkey user_id string\nmeaning ttl 2d\nmetadata owner a\n";

    fn lock(view: &str) -> Lock {
        let head = "format 1\n\n[service next]\ncount activity count\n\n[view activity]\n";
        Lock::parse(&format!("{head}{view}")).unwrap()
    }

    fn grades(before: &str, after: &str) -> Vec<(String, Grade)> {
        let changes = diff_views(&lock(before), &lock(after));
        changes
            .into_iter()
            .map(|change| (change.item, change.grade))
            .collect()
    }

    #[test]
    fn no_change_is_no_difference() {
        assert!(grades(BASE, BASE).is_empty());
    }

    #[test]
    fn each_change_has_the_grade_of_what_it_does_to_stored_rows() {
        let change = |from: &str, to: &str| grades(BASE, &BASE.replace(from, to));
        let one = |item: &str, grade| vec![(item.to_owned(), grade)];
        assert_eq!(change("owner a", "owner b"), one("owner", Grade::Metadata));
        assert_eq!(change("ttl 2d", "ttl 3d"), one("ttl", Grade::Recompute));
        assert_eq!(
            change("count i32", "count i64"),
            one("count", Grade::Compatible)
        );
        assert_eq!(
            change("count i32", "count i16"),
            one("count", Grade::Breaking)
        );
        assert_eq!(
            change("count i32", "count i32 from n"),
            one("count", Grade::Recompute)
        );
        assert_eq!(
            change("column count i32\n", ""),
            one("count", Grade::Breaking)
        );
        assert_eq!(
            change("column other i64\n", ""),
            one("other", Grade::Recompute)
        );
        assert_eq!(
            change("user_id string", "user_id i64"),
            one("user_id", Grade::Recompute)
        );
        assert_eq!(
            grades(BASE, &format!("{BASE}column new i64?\n")),
            one("new", Grade::Compatible)
        );
        assert_eq!(
            grades(BASE, &format!("{BASE}column new i64\n")),
            one("new", Grade::Recompute)
        );
    }

    #[test]
    fn a_check_that_comes_goes_or_changes_needs_the_rows_again_and_words_do_not() {
        let with = |lines: &str| format!("{BASE}{lines}");
        let check = |check: &str| with(&format!("meaning check:count \"range {check}\"\n"));
        let recompute = [("check:count".to_owned(), Grade::Recompute)];
        assert_eq!(grades(BASE, &check("0..")), recompute);
        assert_eq!(grades(&check("0.."), &check("0..=9")), recompute);
        assert_eq!(grades(&check("0..=9"), &check("0..")), recompute);
        assert_eq!(grades(&check("0.."), BASE), recompute);
        assert_eq!(
            grades(
                &check("0.."),
                &with("meaning check:count \"range 0..\"\nmetadata mostly:count 0.9\n")
            ),
            [("mostly:count".to_owned(), Grade::Metadata)]
        );
    }

    #[test]
    fn windows_that_change_are_rebuilt_from_the_log() {
        let base = "column count i64\ncolumn spent decimal(18, 2)\nkey user_id string\nlayout 000000a count i64\nmeaning events payment\nmeaning feature:count \"count() window 1h\"\nmeaning feature:spent \"sum(amount) window 7d where declined\"\nmetadata owner a\n";
        let change = |from: &str, to: &str| {
            let changed = base.replace(from, to);
            assert_ne!(changed, base, "{from} is in the text");
            grades(base, &changed)
        };
        let one = |item: &str, grade| vec![(item.to_owned(), grade)];
        let rebuilt = |item| one(item, Grade::Rebuild);
        assert_eq!(change("window 7d", "window 8d"), rebuilt("feature:spent"));
        assert_eq!(change("sum(", "max("), rebuilt("feature:spent"));
        assert_eq!(change(" where declined", ""), rebuilt("feature:spent"));
        assert_eq!(
            change("7d where", "7d resolution 1d where"),
            rebuilt("feature:spent")
        );
        assert_eq!(change("events payment", "events other"), rebuilt("events"));
        assert_eq!(change("user_id string", "user_id i64"), rebuilt("user_id"));
        assert_eq!(change("decimal(18, 2)", "decimal(38, 2)"), rebuilt("spent"));
        assert_eq!(change("layout 000000a", "layout 000000b"), rebuilt(""));
        assert_eq!(
            change("column count i64", "column count i16"),
            one("count", Grade::Breaking)
        );
        assert_eq!(change("owner a", "owner b"), one("owner", Grade::Metadata));
        assert_eq!(
            change("count i64", "count i64?"),
            one("count", Grade::Compatible)
        );
        let added = change("column spent", "column new i64?\ncolumn spent");
        assert_eq!(added, rebuilt("new"));
        // A view that had rows of its own.
        assert_eq!(
            grades(
                "column count i64\nmeaning ttl 2d\n",
                "column count i64\nmeaning events payment\n"
            ),
            [
                ("events".to_owned(), Grade::Rebuild),
                ("ttl".to_owned(), Grade::Rebuild)
            ]
        );
    }

    #[test]
    fn a_new_version_breaks_nobody_and_is_one_difference() {
        let head = "format 1\n\n[service next]\ncount activity@2 count\n\n[view activity@2]\n";
        let new = Lock::parse(&format!("{head}column count string\n")).unwrap();
        let changes = diff_views(&lock(BASE), &new);
        assert_eq!(changes.len(), 1, "{changes:?}");
        let Change { before, after, .. } = &changes[0];
        assert_eq!(
            (before.as_str(), after.as_str(), changes[0].grade),
            ("version 1", "version 2", Grade::Recompute)
        );
    }

    #[test]
    fn another_order_of_the_columns_is_a_new_layout() {
        let layout = |lines: &[&str]| {
            let lines = lines.iter().map(|line| format!("layout {line}\n"));
            format!("{BASE}{}", lines.collect::<String>())
        };
        let one = ["000000a count i32", "000000a other i64"];
        let two = [&one[..], &["000000b other i64", "000000b count i32"]].concat();
        let changes = diff_views(&lock(&layout(&one)), &lock(&layout(&two)));
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert_eq!(changes[0].after, "layout 000000b");
        assert_eq!(changes[0].grade, Grade::Compatible);
    }

    #[test]
    fn a_default_that_is_gone_leaves_old_rows_without_a_value() {
        let with = BASE.replace("count i32", "count i32 default");
        assert_eq!(
            grades(&with, BASE),
            [("count".to_owned(), Grade::Recompute)]
        );
        assert_eq!(
            grades(BASE, &with),
            [("count".to_owned(), Grade::Compatible)]
        );
    }

    #[test]
    fn a_renamed_view_is_recognised() {
        let renamed = Lock::parse(&format!("format 1\n\n[view activities]\n{BASE}")).unwrap();
        let changes = diff_views(&lock(BASE), &renamed);
        assert_eq!(changes[0].before, "perhaps `activity`, renamed");
        assert_eq!(
            (changes[1].subject.as_str(), changes[1].grade),
            ("activity", Grade::Breaking)
        );
    }
}
