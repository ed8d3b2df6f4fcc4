//! The store: the one handle that a program reads, trains and serves with.

mod builder;
mod dynamic;
mod planned;
mod read;
mod rows;
mod select;
mod served;
mod write;

pub use builder::StoreBuilder;
#[cfg(feature = "cli")]
pub(crate) use builder::read_lock;
#[cfg(feature = "http")]
pub(crate) use dynamic::KeyValue;
pub use dynamic::{FeatureValue, Plan};
#[cfg(feature = "http")]
pub(crate) use planned::{Cells, PlannedRows};
pub(crate) use rows::default_value;
#[cfg(feature = "duckdb")]
pub(crate) use rows::reader;
pub use select::Selection;
pub use served::{Served, ServedView};

use std::path::PathBuf;
use std::sync::Arc;

use crate::online::{OnlineStore, Records};
use crate::registry::Registry;
use crate::time::Clock;

/// A feature store that is open: a project's registry, its offline and its online store.
///
/// Cheap to clone; clones share everything. It connects when it is first asked something.
#[derive(Debug, Clone)]
pub struct FeatureStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    project: String,
    registry: Registry,
    online: Arc<dyn OnlineStore>,
    clock: Clock,
    paths: Paths,
    #[cfg(feature = "duckdb")]
    offline: crate::offline::OfflineSettings,
    layouts: rows::Layouts,
}

/// Where relative paths of sources start.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    root: PathBuf,
    prefixes: Vec<(String, PathBuf)>,
}

impl Paths {
    pub(crate) fn root(&self) -> &std::path::Path {
        &self.root
    }

    /// The path that a declared one stands for: below the directory of the longest prefix that it
    /// has, else below the data root.
    #[cfg_attr(not(feature = "duckdb"), allow(dead_code))]
    pub(crate) fn resolve(&self, declared: &str) -> PathBuf {
        let below = |prefix: &str| {
            let rest = declared.strip_prefix(prefix)?;
            rest.strip_prefix('/')
                .or_else(|| rest.is_empty().then_some(""))
        };
        self.prefixes
            .iter()
            .filter_map(|(prefix, directory)| Some((prefix.len(), directory, below(prefix)?)))
            .max_by_key(|(length, ..)| *length)
            .map_or_else(
                || self.root.join(declared),
                |(_, directory, rest)| directory.join(rest),
            )
    }
}

impl FeatureStore {
    /// Starts to set up the store of `project`. What is not set has a default that works with
    /// nothing installed: all declared views, the embedded online store, the system's clock.
    pub fn builder(project: impl Into<String>) -> StoreBuilder {
        StoreBuilder::new(project.into())
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

    /// The clock that decides what has expired.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
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

    /// The same with another online store.
    #[cfg(feature = "duckdb")]
    pub(crate) fn with_online(&self, online: Arc<dyn OnlineStore>) -> Self {
        let inner = &self.inner;
        Self {
            inner: Arc::new(Inner {
                project: inner.project.clone(),
                registry: inner.registry.clone(),
                online,
                clock: inner.clock.clone(),
                paths: inner.paths.clone(),
                offline: inner.offline.clone(),
                layouts: rows::Layouts::default(),
            }),
        }
    }

    pub(crate) fn paths(&self) -> &Paths {
        &self.inner.paths
    }

    #[cfg(feature = "duckdb")]
    pub(crate) fn offline(&self) -> &crate::offline::OfflineSettings {
        &self.inner.offline
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_found_below_the_longest_prefix_else_the_root() {
        let paths = Paths {
            root: PathBuf::from("/crate"),
            prefixes: vec![
                ("data".to_owned(), PathBuf::from("/year")),
                ("data/small".to_owned(), PathBuf::from("/other")),
            ],
        };
        assert_eq!(
            paths.resolve("data/a.parquet"),
            PathBuf::from("/year/a.parquet")
        );
        assert_eq!(
            paths.resolve("data/small/a.parquet"),
            PathBuf::from("/other/a.parquet")
        );
        assert_eq!(
            paths.resolve("database/a.parquet"),
            PathBuf::from("/crate/database/a.parquet")
        );
        assert_eq!(
            paths.resolve("/absolute.parquet"),
            PathBuf::from("/absolute.parquet")
        );
    }
}
