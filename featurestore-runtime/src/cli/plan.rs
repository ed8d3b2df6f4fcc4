//! `plan`: what the declarations changed since the lock was written, and what that means for rows
//! that are stored and for those who read them.

use std::path::{Path, PathBuf};

use featurestore_schema::lock::{
    Change, Grade, LOCK_FILE, Lock, diff_event_sources, diff_services, diff_sources, diff_views,
};
use serde_json::{Value as Json, json};

use super::output::{Output, or_dash};
use super::{CliError, Report};
use crate::lock::accepted;
use crate::registry::Registry;
use crate::store::{FeatureStore, read_lock};

/// Changes of one kind of thing: event source, view, service or source.
pub(super) type GradedChange = (&'static str, Change);

/// What `plan` does not do.
const SOURCES: &str = "sources are not looked at, which `lock --check` does";

pub(super) fn plan(
    store: &FeatureStore,
    exit_code: bool,
    lock: Option<PathBuf>,
    output: &mut Output,
) -> Result<(), CliError> {
    let path = lock_path(store, lock);
    let before = read_lock(&path)?.unwrap_or_default();
    let changes = declared_changes(&before, &accepted(store.registry(), &before));
    let count = |grade| {
        changes
            .iter()
            .filter(|(_, change)| change.grade == grade)
            .count()
    };
    let worst = changes.iter().map(|(_, change)| change.grade).max();
    let report = Report::new(&json!({
        "lock": path.display().to_string(),
        "grade": worst.map(Grade::as_str),
        "changes": changes.iter().map(change_json).collect::<Vec<_>>(),
    }))?;
    let report = if changes.is_empty() {
        report.text(&format!(
            "no changes: the declarations are as featurestore.lock has them; {SOURCES}"
        ))
    } else {
        report.text(SOURCES).table(
            ["what", "name", "item", "before", "now", "grade"],
            changes.iter().map(|(kind, change)| {
                let [name, item, before, now] = cells(change);
                let grade = change.grade.to_string();
                [(*kind).to_owned(), name, item, before, now, grade]
            }),
        )
    };
    let report = match order(store.registry(), &changes) {
        Some(order) => report.text(&order),
        None => report,
    };
    output.print(&report)?;
    match worst {
        Some(Grade::Breaking) => Err(CliError::Breaking {
            count: some(count(Grade::Breaking), "change is", "changes are"),
        }),
        Some(Grade::Recompute | Grade::Rebuild) if exit_code => {
            let again = count(Grade::Recompute) + count(Grade::Rebuild);
            Err(CliError::Recompute {
                count: some(again, "change", "changes"),
            })
        }
        _ => Ok(()),
    }
}

/// In which order a build with these changes is deployed, where that matters.
fn order(registry: &Registry, changes: &[GradedChange]) -> Option<String> {
    let is_new = |change: &Change| {
        let mut views = registry.views();
        let view = views.find(|view| view.field() == change.subject);
        let column = view.and_then(|view| view.column(&change.item));
        change.before.is_empty()
            && view.is_some_and(|view| view.windows().is_none())
            && column.is_some_and(|column| !column.nullable() && column.default().is_none())
    };
    let new = changes.iter().filter(|(_, change)| is_new(change));
    let new: Vec<String> = new
        .map(|(_, change)| format!("`{}` of `{}`", change.item, change.subject))
        .collect();
    (!new.is_empty()).then(|| {
        format!(
            "materialize with this build before it serves: until then stored rows lack {}, which services take for \
             missing, and who reads a whole row gets an error; or give it a `default`, make it an `Option`, or \
             give its view a new `version`",
            new.join(", ")
        )
    })
}

/// The file that a command is about: the one that it names, else that in the data root.
pub(super) fn lock_path(store: &FeatureStore, named: Option<PathBuf>) -> PathBuf {
    named.unwrap_or_else(|| store.paths().root().join(LOCK_FILE))
}

/// What differs between the declarations of two locks.
pub(super) fn declared_changes(before: &Lock, after: &Lock) -> Vec<GradedChange> {
    let events = diff_event_sources(before, after);
    let events = events.into_iter().map(|change| ("event source", change));
    let views = diff_views(before, after);
    let services = diff_services(&before.services, &after.services);
    let views = views.into_iter().map(|change| ("view", change));
    let services = services.into_iter().map(|change| ("service", change));
    events.chain(views).chain(services).collect()
}

/// What differs between two locks.
#[cfg_attr(not(feature = "duckdb"), allow(dead_code))]
pub(super) fn all_changes(before: &Lock, after: &Lock) -> Vec<GradedChange> {
    let sources = diff_sources(&before.sources, &after.sources);
    let mut changes: Vec<GradedChange> = sources
        .into_iter()
        .map(|change| ("source", change))
        .collect();
    changes.extend(declared_changes(before, after));
    changes
}

/// What happened, in a word or two.
fn happened(change: &Change) -> &'static str {
    let Change { before, after, .. } = change;
    if before.starts_with("perhaps ") {
        "renamed"
    } else if before.is_empty() {
        "added"
    } else if after.is_empty() {
        "gone"
    } else if after.strip_suffix('?') == Some(before) {
        "now nullable"
    } else if before.strip_suffix('?') == Some(after) {
        "no longer nullable"
    } else {
        "changed"
    }
}

/// A change's name, item, and both states.
fn cells(change: &Change) -> [String; 4] {
    let cell = |text: &str| or_dash(Some(text.to_owned()));
    [
        change.subject.clone(),
        cell(&change.item),
        cell(&change.before),
        cell(&change.after),
    ]
}

/// A row of a table of differences.
#[cfg_attr(not(feature = "duckdb"), allow(dead_code))]
pub(super) fn row((kind, change): &GradedChange) -> [String; 6] {
    let [name, item, before, now] = cells(change);
    let happened = happened(change).to_owned();
    [(*kind).to_owned(), name, item, happened, before, now]
}

pub(super) fn change_json((kind, change): &GradedChange) -> Json {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    json!({
        "what": kind,
        "name": change.subject,
        "item": text(&change.item),
        "change": happened(change),
        "before": text(&change.before),
        "now": text(&change.after),
        // A source's column is graded by the views that read it.
        "grade": (*kind != "source").then(|| change.grade.as_str()),
    })
}

/// A number with its noun.
pub(super) fn some(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A path as messages show it.
#[cfg_attr(not(feature = "duckdb"), allow(dead_code))]
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}
