//! An online store in memory, which a test can break.

use std::sync::{Mutex, MutexGuard, PoisonError};

use featurestore::online::{OnlineError, OnlineFuture, OnlineStore};
use featurestore::testing::{Call, Intercept};

/// What the store does when it is asked something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mood {
    /// What it is asked to.
    #[default]
    Works,
    /// As a server that is down.
    Unreachable,
    /// As a server that does not know the command, which it quotes.
    Refuses,
    /// As a server that takes requests and never answers.
    Hangs,
    /// As code with a mistake.
    Panics,
}

/// An online store in memory.
#[derive(Debug)]
pub struct MemoryStore {
    memory: featurestore::testing::MemoryStore,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    mood: Mood,
    calls: usize,
    reads: usize,
    entities: usize,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self {
            memory: featurestore::testing::MemoryStore::named("memory://app:***@here"),
            state: Mutex::default(),
        }
    }
}

impl MemoryStore {
    /// Changes what it does from now on.
    pub fn set_mood(&self, mood: Mood) {
        self.lock().mood = mood;
    }

    /// Cuts every row short.
    pub fn damage(&self) {
        self.memory
            .change_rows(|_, _, row| row.slice(..row.len() - 1));
    }

    /// Cuts the rows of one entity short.
    pub fn damage_at(&self, address: &str) {
        self.memory.change_rows(|known, _, row| {
            let cut = usize::from(known.to_string() == address);
            row.slice(..row.len() - cut)
        });
    }

    /// How often it was called, answered or not.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.lock().calls
    }

    /// How many entities it was asked for.
    #[must_use]
    pub fn entities(&self) -> usize {
        self.lock().entities
    }

    /// How often it was read from: the number of round trips.
    #[must_use]
    pub fn reads(&self) -> usize {
        self.lock().reads
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for MemoryStore {
    fn store(&self) -> &dyn OnlineStore {
        &self.memory
    }

    fn before(&self, call: &Call<'_>) -> OnlineFuture<'static, ()> {
        let mut state = self.lock();
        state.calls += 1;
        let location = self.memory.location();
        match state.mood {
            Mood::Works => {
                if let Call::Read(entities) = call {
                    state.reads += 1;
                    state.entities += entities.len();
                }
                Box::pin(async { Ok(()) })
            }
            Mood::Unreachable => {
                Box::pin(async { Err(OnlineError::unreachable(location, "connection refused")) })
            }
            Mood::Refuses => Box::pin(async {
                let words = "ERR unknown command, with args beginning with: watch:user_id:sentinel";
                Err(OnlineError::refused(location, words))
            }),
            Mood::Hangs => Box::pin(std::future::pending()),
            #[allow(clippy::panic)] // what is tested is that it does no harm
            Mood::Panics => Box::pin(async { panic!("a mistake") }),
        }
    }
}
