//! A feature of a window view, as the sweep and the state have it.

use super::aggregate::Measure;
use super::window::Window;

/// An aggregate of a column over a window. Columns and filters are places among those of the event
/// source: of a filter its outcome stands there, as an integer that is not zero where it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Feature {
    /// What is asked.
    pub(crate) measure: Measure,
    /// Of which column; nothing where events are counted.
    pub(crate) column: Option<usize>,
    /// Of which events; nothing where of all.
    pub(crate) filter: Option<usize>,
    /// When.
    pub(crate) window: Window,
}
