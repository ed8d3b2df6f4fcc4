//! An online store that counts what it is given, and can be full.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use featurestore::online::{OnlineError, OnlineFuture, OnlineStore};
use featurestore::testing::{Call, Intercept, MemoryStore};

#[derive(Debug, Default)]
pub(crate) struct CountingStore {
    pub(crate) memory: MemoryStore,
    /// The sizes of the chunks that were written.
    pub(crate) chunks: Mutex<Vec<usize>>,
    /// After how many chunks the store refuses; never where it is 0.
    pub(crate) refuses_after: AtomicUsize,
    /// After how many chunks the store loses all rows that it has; never where it is 0.
    pub(crate) loses_after: AtomicUsize,
}

impl Intercept for CountingStore {
    fn store(&self) -> &dyn OnlineStore {
        &self.memory
    }

    fn before(&self, call: &Call<'_>) -> OnlineFuture<'static, ()> {
        let length = match call {
            Call::Write(rows) => rows.len(),
            Call::WriteStates(states) => states.len(),
            _ => return Box::pin(async { Ok(()) }),
        };
        let mut chunks = self.chunks.lock().unwrap();
        let limit = self.refuses_after.load(Ordering::SeqCst);
        if limit > 0 && chunks.len() >= limit {
            let error = OnlineError::refused(self.memory.location(), "it is full");
            return Box::pin(async { Err(error) });
        }
        let lost = self.loses_after.load(Ordering::SeqCst);
        if lost > 0 && chunks.len() == lost {
            self.memory.clear_rows();
        }
        chunks.push(length);
        Box::pin(async { Ok(()) })
    }
}
