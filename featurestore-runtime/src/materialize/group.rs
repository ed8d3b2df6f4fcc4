//! Views whose rows one query finds.

use super::window::Window;
use crate::offline::LatestColumn;
use crate::pit::Rule;
use crate::view::ViewDefinition;

/// A view that is to be materialized.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task {
    pub(super) view: &'static ViewDefinition,
    pub(super) window: Window,
    /// Its index among the run's views.
    pub(super) index: usize,
}

/// Puts views together that have one source, whose rows have one order, and that are all taken in
/// full, or all in part.
pub(super) fn group(tasks: impl IntoIterator<Item = Task>) -> Vec<Vec<Task>> {
    let mut groups: Vec<Vec<Task>> = Vec::new();
    for task in tasks {
        let known = groups.iter_mut().find(|group| {
            let (one, other) = (group[0].view, task.view);
            one.source() == other.source()
                && Rule::of(one).has_order_of(&Rule::of(other))
                && group[0].window.from.is_some() == task.window.from.is_some()
        });
        match known {
            Some(group) => group.push(task),
            None => groups.push(vec![task]),
        }
    }
    groups
}

/// The widest of a group's windows. A view gets more rows than it needs by it, which the store
/// has already.
pub(super) fn widest(tasks: &[Task]) -> Window {
    let mut window = tasks[0].window;
    for task in tasks {
        window.from = window.from.min(task.window.from);
    }
    window
}

/// What a group's views are called in messages.
pub(super) fn names(tasks: &[Task]) -> String {
    let names: Vec<String> = tasks
        .iter()
        .map(|task| format!("`{}`", task.view.name()))
        .collect();
    let s = if names.len() == 1 { "" } else { "s" };
    format!("view{s} {}", names.join(", "))
}

/// The columns of a group's features, and of each view which of them it has.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    pub(super) all: Vec<LatestColumn>,
    pub(super) of_views: Vec<Vec<usize>>,
}
