//! Window views whose events one sort serves.

use crate::materialize::group::Task;

/// Puts views together that have one event source and one entity, and that are all taken in full, or all
/// in part.
pub(in crate::materialize) fn group(tasks: impl IntoIterator<Item = Task>) -> Vec<Vec<Task>> {
    let mut groups: Vec<Vec<Task>> = Vec::new();
    for task in tasks {
        let known = groups.iter_mut().find(|group| are_alike(&group[0], &task));
        match known {
            Some(group) => group.push(task),
            None => groups.push(vec![task]),
        }
    }
    groups
}

fn are_alike(one: &Task, other: &Task) -> bool {
    let (Some(windows), Some(others)) = (one.view.windows(), other.view.windows()) else {
        return false;
    };
    std::ptr::eq(windows.events(), others.events())
        && windows.keys() == others.keys()
        && one.view.join_keys() == other.view.join_keys()
        && one.window.from.is_some() == other.window.from.is_some()
}
