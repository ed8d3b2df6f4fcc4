//! What a window view has of its events.

use super::super::definition::WindowParts;
use super::super::{EventSourceDefinition, WindowFeatures};
use super::WindowFeature;

impl WindowFeatures {
    pub(crate) const fn new(parts: WindowParts) -> Self {
        Self { parts }
    }

    /// The events that the features are of.
    #[must_use]
    pub fn events(&self) -> &'static EventSourceDefinition {
        (self.parts.events)()
    }

    /// The index of each join key's column among the events'.
    #[must_use]
    pub const fn keys(&self) -> &'static [usize] {
        self.parts.keys
    }

    /// What each column of the view is.
    pub(crate) const fn features(&self) -> &'static [WindowFeature] {
        self.parts.features
    }
}
