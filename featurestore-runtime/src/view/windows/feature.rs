//! A feature of a window view.

use super::Filter;
use crate::windows::{Aggregate, Window};

/// What a feature is of its view's events.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct WindowFeature {
    pub aggregate: Aggregate,
    /// The index of the events' column; nothing where events are counted.
    pub column: Option<usize>,
    /// Of which events; nothing where of all.
    pub filter: Option<&'static Filter>,
    pub window: Window,
}
