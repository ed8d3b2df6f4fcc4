//! The tokio runtime that something belongs to, and whether it still runs.

use tokio::runtime::{self, Handle};
use tokio::task::AbortHandle;

/// A runtime, known after it has ended.
#[derive(Debug)]
pub(super) struct Runtime {
    pub(super) id: runtime::Id,
    /// Of a task that only waits.
    waiting: AbortHandle,
}

impl Runtime {
    /// The one that polls the caller.
    pub(super) fn current() -> Self {
        let runtime = Handle::current();
        Self {
            id: runtime.id(),
            waiting: runtime.spawn(std::future::pending::<()>()).abort_handle(),
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.waiting.is_finished()
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.waiting.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_has_ended_once_it_is_dropped() {
        let build = || {
            tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap()
        };
        let (first, second) = (build(), build());
        let known = [&first, &second].map(|runtime| runtime.block_on(async { Runtime::current() }));
        assert_ne!(known[0].id, known[1].id);
        drop(first);
        assert_eq!(known.each_ref().map(Runtime::has_ended), [true, false]);
    }

    #[tokio::test]
    async fn nothing_waits_for_a_runtime_that_nobody_asks_about() {
        let known = Runtime::current();
        let tasks = || Handle::current().metrics().num_alive_tasks();
        assert_eq!(tasks(), 1);
        drop(known);
        tokio::task::yield_now().await;
        assert_eq!(tasks(), 0);
    }
}
