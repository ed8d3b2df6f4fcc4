//! An online store over sources that a test gives: whoever reads it finds what a run would have written
//! by the time that it is.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::clock::TurnedClock;
use super::given::{Given, GivenRow};
use super::load::{Loader, Target};
use crate::online::{OnlineError, OnlineFuture, OnlineStore, RowWrite};
use crate::registry::Registry;
use crate::testing::{Call, Intercept};
use crate::view::EventSourceDefinition;

/// The online store that is handed out, in front of the one that holds the rows.
#[derive(Debug, Clone)]
pub(super) struct Sourced(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    online: Arc<dyn OnlineStore>,
    project: String,
    registry: Registry,
    clock: TurnedClock,
    given: Mutex<Given>,
    /// Held while rows are taken to the online store.
    loader: tokio::sync::Mutex<Loader>,
}

impl Sourced {
    pub(super) fn new(
        online: Arc<dyn OnlineStore>,
        project: String,
        registry: Registry,
        clock: TurnedClock,
    ) -> Self {
        Self(Arc::new(Shared {
            online,
            project,
            registry,
            clock,
            given: Mutex::default(),
            loader: tokio::sync::Mutex::default(),
        }))
    }

    pub(super) fn given(&self) -> MutexGuard<'_, Given> {
        self.0.given()
    }

    /// Adds events behind those of their source.
    pub(super) fn add_events(
        &self,
        source: &'static EventSourceDefinition,
        mut events: Vec<GivenRow>,
    ) -> Result<(), String> {
        let views = self.0.registry.views();
        let windows = views.filter_map(|view| Some((view, view.windows()?)));
        for (view, windows) in windows.filter(|(_, own)| own.events().name() == source.name()) {
            for event in &mut events {
                event.note_entity(&self.0.project, view, windows)?;
            }
        }
        self.given().add_events(source, events);
        Ok(())
    }
}

impl Shared {
    fn given(&self) -> MutexGuard<'_, Given> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes to the online store what is known by now and not yet there.
    async fn load(&self) -> Result<(), OnlineError> {
        self.clock.tell();
        let mut loader = self.loader.lock().await;
        let target = Target {
            online: &*self.online,
            project: &self.project,
            registry: &self.registry,
            now: self.clock.micros(),
        };
        let work = loader.work(&target, &self.given());
        let work = work.map_err(|error| OnlineError::refused(self.online.location(), error))?;
        if let Some(work) = work {
            loader.write(&target, &work).await?;
            loader.note(&work, &mut self.given());
        }
        Ok(())
    }

    /// What a program writes by itself is given from then on.
    fn note_written(&self, writes: &[RowWrite]) -> Result<(), OnlineError> {
        self.clock.tell();
        let refused = |reason| OnlineError::refused(self.online.location(), reason);
        for write in writes {
            let mut views = self.registry.views();
            let view = views.find(|view| view.field() == write.field);
            if let Some(view) = view {
                let row = GivenRow::of_write(view, write).map_err(refused)?;
                self.given().add_rows(view, [row]);
            }
        }
        Ok(())
    }
}

impl Intercept for Sourced {
    fn store(&self) -> &dyn OnlineStore {
        &*self.0.online
    }

    fn before(&self, call: &Call<'_>) -> OnlineFuture<'static, ()> {
        match call {
            Call::Read(_) | Call::Record { .. } | Call::Scan => {
                let shared = Arc::clone(&self.0);
                Box::pin(async move { shared.load().await })
            }
            Call::Write(writes) => {
                let noted = self.0.note_written(writes);
                Box::pin(async move { noted })
            }
            _ => Box::pin(async { Ok(()) }),
        }
    }
}
