//! Work that ends when nobody waits for it any more.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use duckdb::InterruptHandle;

use crate::offline::OfflineError;

/// One end for whoever waits, one for the work: when the first is dropped before the second, the
/// work's queries are interrupted until it ends.
pub(crate) fn stop_on_drop() -> (InterruptOnDrop, Stoppable) {
    let stop = Arc::new(Stop::default());
    (InterruptOnDrop(Arc::clone(&stop)), Stoppable(stop))
}

#[derive(Debug, Default)]
struct Stop(Mutex<State>);

#[derive(Default)]
struct State {
    wanted: bool,
    ended: bool,
    handle: Option<Arc<InterruptHandle>>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = formatter.debug_struct("State");
        debug.field("wanted", &self.wanted);
        debug.field("ended", &self.ended).finish_non_exhaustive()
    }
}

impl Stop {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Interrupts the work's query, if it has one; whether it has ended. It can't end meanwhile:
    /// the client's handle must not be used on a connection that is being closed.
    fn interrupt(&self) -> bool {
        let mut state = self.state();
        state.wanted = true;
        if let Some(handle) = state.handle.as_ref().filter(|_| !state.ended) {
            handle.interrupt();
        }
        state.ended
    }
}

/// Held by whoever waits.
#[derive(Debug)]
pub(crate) struct InterruptOnDrop(Arc<Stop>);

impl Drop for InterruptOnDrop {
    fn drop(&mut self) {
        let stop = Arc::clone(&self.0);
        if stop.interrupt() {
            return;
        }
        // An interrupt between two queries is lost, so it is repeated until the work ends.
        let repeat = move || {
            while !stop.interrupt() {
                std::thread::sleep(Duration::from_millis(5));
            }
        };
        let thread = std::thread::Builder::new().name("interrupt".to_owned());
        if let Err(error) = thread.spawn(repeat) {
            tracing::warn!(%error, "a query may run on, though nobody waits for it");
        }
    }
}

/// Held by the work, until it ends: dropped before its connection is closed.
pub(crate) struct Stoppable(Arc<Stop>);

impl Stoppable {
    /// From now on, queries of this connection are interrupted.
    ///
    /// # Errors
    ///
    /// Nobody waits for them already.
    pub(crate) fn watch(&self, handle: Arc<InterruptHandle>) -> Result<(), OfflineError> {
        let mut state = self.0.state();
        state.handle = Some(handle);
        if state.wanted {
            return Err(OfflineError::stopped("nobody waits for it"));
        }
        Ok(())
    }
}

impl Drop for Stoppable {
    fn drop(&mut self) {
        self.0.state().ended = true;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::offline::OfflineSettings;
    use crate::offline::duckdb::session::failure::failed;
    use crate::offline::duckdb::session::run;
    use crate::offline::duckdb::session::sql::Params;

    #[test]
    fn work_of_many_short_queries_ends_when_nobody_waits_for_it() {
        let (sender, receiver) = mpsc::channel::<()>();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            let work = run::<()>(OfflineSettings::default(), move |session| {
                let _open = sender;
                loop {
                    let query = "SELECT count(*) FROM range(200000)";
                    let failure = |error| failed("counting", error);
                    session.count(query, &Params::default()).map_err(failure)?;
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
            let wait = Duration::from_millis(300);
            assert!(tokio::time::timeout(wait, work).await.is_err());
        });
        // The sender is dropped where the work ends.
        let ended = receiver.recv_timeout(Duration::from_secs(10));
        // Which would wait for work that doesn't end.
        runtime.shutdown_background();
        assert_eq!(ended, Err(mpsc::RecvTimeoutError::Disconnected));
    }
}
