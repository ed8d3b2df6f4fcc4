//! The servers as each tokio runtime knows them: connections, map of a cluster, cache.
//!
//! A connection is driven by the runtime that made it: another runtime's calls over it would wait
//! for that one's threads, and fail once it has ended. So runtimes share nothing but the address.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::{self, Handle};
use tokio::task::AbortHandle;

use super::super::{Cause, OnlineError};
use super::nodes::Nodes;
use super::settings::Settings;
use crate::time::tick;

/// A store's servers, once for each runtime that asks them.
pub(super) struct Runtimes {
    settings: Settings,
    known: Mutex<Vec<RuntimeServers>>,
}

struct RuntimeServers {
    runtime: Runtime,
    nodes: Arc<Nodes>,
}

/// A runtime, known after it has ended.
struct Runtime {
    id: runtime::Id,
    /// Of a task that wakes often.
    ticking: AbortHandle,
}

impl Runtimes {
    pub(super) fn new(settings: Settings) -> Result<Self, OnlineError> {
        // What is wrong with the settings is said at once.
        Nodes::new(&settings)?;
        Ok(Self {
            settings,
            known: Mutex::default(),
        })
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The servers for the runtime that polls the caller.
    pub(super) fn nodes(&self) -> Result<Arc<Nodes>, OnlineError> {
        let runtime = Handle::try_current().map_err(|error| {
            let reason = "it is asked outside of a tokio runtime, which its connections need";
            OnlineError::unreachable(&self.settings.location, reason).caused_by(Cause::new(error))
        })?;
        let mut known = self.lock();
        if let Some(known) = known.iter().find(|known| known.runtime.id == runtime.id()) {
            return Ok(Arc::clone(&known.nodes));
        }
        known.retain(|known| !known.runtime.has_ended());
        let nodes = Arc::new(Nodes::new(&self.settings)?);
        known.push(RuntimeServers {
            runtime: Runtime::new(&runtime),
            nodes: Arc::clone(&nodes),
        });
        Ok(nodes)
    }

    /// The servers for all runtimes.
    pub(super) fn all(&self) -> Vec<Arc<Nodes>> {
        let known = self.lock();
        known.iter().map(|known| Arc::clone(&known.nodes)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<RuntimeServers>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Runtime {
    fn new(runtime: &Handle) -> Self {
        Self {
            id: runtime.id(),
            ticking: runtime.spawn(tick()).abort_handle(),
        }
    }

    fn has_ended(&self) -> bool {
        self.ticking.is_finished()
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.ticking.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_time().build().unwrap()
    }

    #[test]
    fn a_runtime_has_servers_of_its_own_until_it_ends() {
        let runtimes = Runtimes::new(Settings::parse("redis://localhost").unwrap()).unwrap();
        let nodes = |runtime: &tokio::runtime::Runtime| {
            runtime.block_on(async { runtimes.nodes() }).unwrap()
        };
        let (first, second) = (runtime(), runtime());
        let of_first = nodes(&first);
        assert!(Arc::ptr_eq(&of_first, &nodes(&first)));
        assert!(!Arc::ptr_eq(&of_first, &nodes(&second)));
        assert_eq!(runtimes.all().len(), 2);
        drop(first);
        nodes(&second);
        nodes(&runtime());
        assert_eq!(runtimes.all().len(), 2);
        assert!(
            !runtimes
                .all()
                .iter()
                .any(|nodes| Arc::ptr_eq(nodes, &of_first))
        );
    }

    #[test]
    fn nothing_ticks_in_a_runtime_whose_store_is_gone() {
        let runtime = runtime();
        let tasks = || runtime.metrics().num_alive_tasks();
        let runtimes = Runtimes::new(Settings::parse("redis://localhost").unwrap()).unwrap();
        runtime.block_on(async { runtimes.nodes() }).unwrap();
        assert_eq!(tasks(), 1);
        drop(runtimes);
        runtime.block_on(tokio::task::yield_now());
        assert_eq!(tasks(), 0);
    }

    #[test]
    fn outside_of_a_runtime_there_is_an_error() {
        let runtimes = Runtimes::new(Settings::parse("redis://localhost").unwrap()).unwrap();
        let Err(error) = runtimes.nodes() else {
            panic!("there is no runtime");
        };
        assert!(
            error.to_string().contains("outside of a tokio runtime"),
            "{error}"
        );
    }
}
