//! The store for tests of features. What it hands out is a [`FeatureStore`] over rows that a test gives
//! (`given`), which are taken online as they become known (`sourced`, `load`); reads compare that with what
//! a training set has (`taken`, `windows`, `compare`).

mod clock;
mod compare;
mod given;
mod load;
mod reads;
mod scenario;
mod sourced;
mod taken;
mod windows;

pub use clock::time;
pub use scenario::ScenarioError;

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use featurestore_schema::parse_micros;

use super::MemoryStore;
use crate::online::OnlineStore;
use crate::registry::{Registry, RegistryError};
use crate::store::FeatureStore;
use crate::time::Timestamp;
use crate::view::{EventSource, LatestView};
use clock::TurnedClock;
use given::GivenRow;
use sourced::Sourced;

/// A feature store for tests of features, whose sources are rows that the test gives and whose clock the
/// test turns. See [the module](crate::testing).
#[derive(Clone)]
pub struct TestStore {
    store: FeatureStore,
    sourced: Sourced,
    clock: TurnedClock,
}

/// The settings of a [`TestStore`].
#[derive(Debug)]
#[must_use]
pub struct TestStoreBuilder {
    project: String,
    registry: Option<Result<Registry, RegistryError>>,
    online: Option<Arc<dyn OnlineStore>>,
}

impl TestStoreBuilder {
    /// The project's name; `test` where none is given.
    pub fn project(self, project: impl Into<String>) -> Self {
        Self {
            project: project.into(),
            ..self
        }
    }

    /// Uses just these declarations instead of all that the test links; see
    /// [`registry!`](crate::registry!).
    pub fn registry(self, registry: Result<Registry, RegistryError>) -> Self {
        Self {
            registry: Some(registry),
            ..self
        }
    }

    /// Another online store than one in memory: the same test on Redis, on a file, or on one that
    /// troubles are caused in.
    pub fn online_store(self, online: Arc<dyn OnlineStore>) -> Self {
        Self {
            online: Some(online),
            ..self
        }
    }

    /// Makes the store.
    ///
    /// # Panics
    ///
    /// Declarations that contradict each other, or an empty project name.
    #[must_use]
    pub fn build(self) -> TestStore {
        let registry = self.registry.unwrap_or_else(Registry::collect);
        let registry = registry.unwrap_or_else(|error| panic!("{error}"));
        let online = self.online.unwrap_or_else(|| Arc::new(MemoryStore::new()));
        let clock = TurnedClock::new();
        let sourced = Sourced::new(
            online,
            self.project.clone(),
            registry.clone(),
            clock.clone(),
        );
        let store = FeatureStore::builder(self.project)
            .registry(Ok(registry))
            .online_store(Arc::new(sourced.clone()))
            .clock(clock.clock())
            .open_unchecked();
        TestStore {
            store: store.unwrap_or_else(|error| panic!("{error}")),
            sourced,
            clock,
        }
    }
}

impl TestStore {
    /// A store of all declarations that the test links, in memory, at the beginning of 2026.
    ///
    /// # Panics
    ///
    /// Declarations that contradict each other.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Starts to set up a store of other declarations, or over another online store.
    pub fn builder() -> TestStoreBuilder {
        TestStoreBuilder {
            project: "test".to_owned(),
            registry: None,
            online: None,
        }
    }

    /// Puts rows into a view's source, behind those that are there. Each is served from its event
    /// timestamp and the view's settling delay on; one that the declaration rejects, never.
    ///
    /// # Panics
    ///
    /// A view that the store's registry does not have, or a key that its own type refuses.
    pub fn rows<V: LatestView>(&self, rows: impl IntoIterator<Item = V>) -> &Self {
        let view = V::definition();
        let known = self.store.registry().view(view.name());
        known.unwrap_or_else(|error| panic!("{error}"));
        let rows = rows.into_iter().map(|row| {
            let row = GivenRow::of(self.store.project(), &row);
            row.unwrap_or_else(|error| panic!("a row of view `{}`: {error}", view.name()))
        });
        let rows: Vec<GivenRow> = rows.collect();
        self.sourced.given().add_rows(view, rows);
        self
    }

    /// Puts events into an event source, behind those that are there. Each counts from its event
    /// timestamp and the source's settling delay on; one that the declaration rejects, never.
    ///
    /// # Panics
    ///
    /// An event source that the store's registry does not have.
    pub fn events<E: EventSource>(&self, events: impl IntoIterator<Item = E>) -> &Self {
        let source = E::definition();
        let known = self.store.registry().event_source(source.name());
        known.unwrap_or_else(|error| panic!("{error}"));
        let events: Vec<GivenRow> = events
            .into_iter()
            .map(|event| GivenRow::of_event(&event))
            .collect();
        let added = self.sourced.add_events(source, events);
        added.unwrap_or_else(|error| panic!("an event of `{}`: {error}", source.name()));
        self
    }

    /// Turns the clock to a time.
    ///
    /// # Panics
    ///
    /// A time before the clock's, once something was served or pushed.
    pub fn at(&self, time: Timestamp) -> &Self {
        let turned = self.clock.turn(time.timestamp_micros());
        turned.unwrap_or_else(|error| panic!("{error}"));
        self
    }

    /// Turns the clock on, by a duration as declarations write it: `1h`, `1d 12h`, `1us`.
    ///
    /// # Panics
    ///
    /// A text that is no duration, or more than the calendar has.
    pub fn advance(&self, by: &str) -> &Self {
        let now = self.clock.micros();
        let turned = self.clock.turn(now.saturating_add(micros(by)));
        turned.unwrap_or_else(|error| panic!("{error}"));
        self
    }

    /// What the clock says.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The time so long before [`now`](Self::now), of a duration as declarations write it.
    ///
    /// # Panics
    ///
    /// A text that is no duration.
    #[must_use]
    pub fn ago(&self, by: &str) -> Timestamp {
        clock::at(self.clock.micros().saturating_sub(micros(by)))
    }

    /// The store as a program has it: what is tested takes this, and there is nothing to mock. It serves
    /// what was given, by the test's clock; what is pushed to it counts as given.
    #[must_use]
    pub const fn store(&self) -> &FeatureStore {
        &self.store
    }
}

/// The project, the time and how much was given.
impl fmt::Debug for TestStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given = self.sourced.given();
        let count = |rows: &Vec<GivenRow>| rows.len();
        formatter
            .debug_struct("TestStore")
            .field("project", &self.store.project())
            .field("now", &self.now())
            .field("rows", &given.rows.values().map(count).sum::<usize>())
            .field("events", &given.events.values().map(count).sum::<usize>())
            .finish()
    }
}

impl Default for TestStore {
    fn default() -> Self {
        Self::new()
    }
}

/// Reads that are not here are [`FeatureStore`]'s, and are not compared by themselves:
/// [`check`](TestStore::check) compares all.
impl Deref for TestStore {
    type Target = FeatureStore;

    fn deref(&self) -> &FeatureStore {
        &self.store
    }
}

fn micros(duration: &str) -> i64 {
    parse_micros(duration).unwrap_or_else(|error| panic!("{error}"))
}
