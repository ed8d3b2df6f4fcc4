//! An explanation that is being asked for.

use std::sync::Arc;

use crate::offline::engine::OfflineEngine;
use crate::service::ServiceDefinition;
use crate::time::Timestamp;
use crate::types::Value;

/// How many rows that lost are shown on each side of the row's time.
const CANDIDATES: u64 = 5;

/// An explanation that is being asked for; `.await` makes it.
#[derive(Debug)]
#[must_use = "nothing is explained before `.await`"]
pub struct Explain {
    pub(super) engine: Arc<dyn OfflineEngine>,
    pub(super) service: &'static ServiceDefinition,
    pub(super) key: Vec<Value>,
    pub(super) at: Timestamp,
    pub(super) candidates: u64,
}

impl Explain {
    pub(crate) const fn new(
        engine: Arc<dyn OfflineEngine>,
        service: &'static ServiceDefinition,
        key: Vec<Value>,
        at: Timestamp,
    ) -> Self {
        Self {
            engine,
            service,
            key,
            at,
            candidates: CANDIDATES,
        }
    }

    /// How many of the rows that lost are shown: at most so many from before the row's time, and
    /// as many from after it. 5, if not set.
    pub fn candidates(mut self, most: u64) -> Self {
        self.candidates = most;
        self
    }
}
