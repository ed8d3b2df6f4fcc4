//! What pushes left beside their rows, and how long that is taken to be there.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::view::ViewDefinition;

/// How long what a push leaves beside its rows, layout and record, is taken to be there still: the
/// online store may lose it, and others may delete it.
const NOTED: Duration = Duration::from_secs(60);

/// Since when what a push leaves is there, by the views' fields.
#[derive(Debug, Default)]
pub(super) struct Pushed(Mutex<HashMap<&'static str, Instant>>);

impl Pushed {
    pub(super) fn is_noted(&self, view: &'static ViewDefinition) -> bool {
        let noted = self.lock();
        noted
            .get(view.field())
            .is_some_and(|since| since.elapsed() < NOTED)
    }

    pub(super) fn note(&self, view: &'static ViewDefinition) {
        self.lock().insert(view.field(), Instant::now());
    }

    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<&'static str, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
