//! What is known of which window views were loaded.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::view::ViewDefinition;

/// What the views' load records said when they were last read, by the views' fields.
#[derive(Debug, Default)]
pub(super) struct Loads(Mutex<HashMap<&'static str, Arc<str>>>);

/// The load records of a plan's views, as far as they were read.
pub(super) type PlanLoads = Vec<Option<Arc<str>>>;

impl Loads {
    pub(super) fn lock(&self) -> MutexGuard<'_, HashMap<&'static str, Arc<str>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what a view's record says; nothing where there is none.
    pub(super) fn note(&self, view: &'static ViewDefinition, text: Option<Arc<str>>) {
        match text {
            Some(text) => drop(self.lock().insert(view.field(), text)),
            None => drop(self.lock().remove(view.field())),
        }
    }
}
