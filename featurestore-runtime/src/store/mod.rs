//! The store: the one handle that a program reads, trains and serves with.

mod ahead;
mod builder;
mod by_name;
mod clock;
mod compute;
mod computed;
mod error;
mod known_loads;
mod layouts;
mod loads;
#[cfg(feature = "duckdb")]
mod offline;
mod plan;
mod push;
mod pushed;
mod read;
mod read_path;
mod select;
mod served;
mod succession;
mod superseded;
mod ttl;
mod windows;

pub use builder::StoreBuilder;
#[cfg(feature = "cli")]
pub(crate) use builder::read_lock;
pub use by_name::{AskedEntity, FeatureValue};
#[cfg(feature = "http")]
pub(crate) use computed::{GivenInputs, GivenValue};
pub use error::{PushError, RefusedRow, StoreError};
pub use plan::Plan;
#[cfg(feature = "http")]
pub(crate) use read_path::{Cells, PlannedRows};
pub use select::Selection;
pub use served::{Served, ServedView};
#[cfg(feature = "duckdb")]
pub(crate) use superseded::Superseded;
#[cfg(feature = "duckdb")]
pub(crate) use ttl::{RowFailure, live_row, reader};
#[cfg(feature = "duckdb")]
pub(crate) use windows::{row_of_answers, row_of_state};

use std::sync::Arc;
use std::time::Duration;

use crate::online::{OnlineStore, Records};
use crate::registry::Registry;
use crate::time::{Clock, Horizon, Timestamp};
use crate::view::Paths;

/// How far ahead of the clock a time may be, unless it is said.
const CLOCK_SKEW: Duration = Duration::from_secs(300);

/// A feature store that is open: a project's registry, its offline and its online store.
///
/// Cheap to clone; clones share everything. It connects when it is first asked something.
#[derive(Debug, Clone)]
pub struct FeatureStore {
    inner: Arc<Inner>,
    /// The most bytes of a join key's value in reads by name.
    max_key: usize,
}

/// The most bytes of a join key's value in reads by name, where nothing else is said.
pub const MAX_KEY: usize = 4 << 10;

#[derive(Debug)]
struct Inner {
    project: String,
    registry: Registry,
    online: Arc<dyn OnlineStore>,
    clock: Clock,
    clock_skew: Option<Duration>,
    ahead: ahead::Ahead,
    paths: Paths,
    #[cfg(feature = "duckdb")]
    offline: Arc<dyn crate::offline::OfflineEngine>,
    layouts: layouts::Layouts,
    loads: known_loads::Loads,
    pushed: pushed::Pushed,
}

impl FeatureStore {
    /// Starts to set up the store of `project`. What is not set has a default that works with
    /// nothing installed: all declared views, the embedded online store, the system's clock.
    pub fn builder(project: impl Into<String>) -> StoreBuilder {
        StoreBuilder::new(project.into())
    }

    /// The same store with another bound on join keys: in reads by name, as all that serves others does,
    /// a value of more bytes is an error; default: [`MAX_KEY`].
    #[must_use]
    pub fn with_max_key(self, bytes: usize) -> Self {
        Self {
            max_key: bytes,
            ..self
        }
    }

    /// Refuses a join key's value of more bytes than one may have.
    pub(crate) fn check_key(&self, key: &str, bytes: usize) -> Result<(), StoreError> {
        if bytes > self.max_key {
            return Err(StoreError::KeyTooLong {
                key: key.to_owned(),
                bytes,
                limit: self.max_key,
            });
        }
        Ok(())
    }

    /// The project, which keeps its online rows apart from other projects' in the same server.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.inner.project
    }

    /// The views and services.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    /// The process's clock, or the one that was set; see [`StoreBuilder::clock`].
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// What the clock says now, and how far ahead of it a time may be.
    pub(crate) fn horizon(&self) -> Horizon {
        self.horizon_of(self.clock().now())
    }

    /// The horizon of a time.
    pub(crate) fn horizon_of(&self, now: Timestamp) -> Horizon {
        Horizon {
            now,
            skew: self.inner.clock_skew.unwrap_or(CLOCK_SKEW),
        }
    }

    /// Whether rows of sources are of the future that are later than the [`horizon`](Self::horizon):
    /// where a time was chosen for the clock, they need not be.
    #[cfg(feature = "duckdb")]
    pub(crate) fn judges_sources_by_clock(&self) -> bool {
        self.clock().is_system() || self.inner.clock_skew.is_some()
    }

    /// The online store.
    #[must_use]
    pub fn online(&self) -> &Arc<dyn OnlineStore> {
        &self.inner.online
    }

    /// What the online store has on record about the views' rows.
    pub(crate) fn records(&self) -> Records<'_> {
        Records::new(&*self.inner.online, &self.inner.project)
    }

    pub(crate) fn paths(&self) -> &Paths {
        &self.inner.paths
    }

    #[cfg(feature = "duckdb")]
    pub(crate) fn offline(&self) -> &Arc<dyn crate::offline::OfflineEngine> {
        &self.inner.offline
    }
}
