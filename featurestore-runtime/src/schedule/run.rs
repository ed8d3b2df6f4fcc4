//! Keeping a schedule, until it is told to stop or once.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, join_all, select};
use tokio::sync::Semaphore;

use super::keeper::Keeper;
use super::lease::Holder;
use super::{Schedule, ScheduleError, ScheduleEvent};
use crate::view::ViewDefinition;

/// How long giving back the leases may take at the end.
const RELEASE: Duration = Duration::from_millis(500);

/// What [`Schedule::run_once`] did.
#[derive(Debug, Clone, Default)]
pub struct OnceReport {
    scheduled: usize,
    failed: Vec<(&'static str, Arc<ScheduleError>)>,
}

impl Schedule {
    /// Keeps the schedule until `stop` is there; then what is being materialized is given up, with
    /// nothing but whole rows left, and other processes may go on at once.
    ///
    /// When a view is due follows from its cadence and the store's clock alone: no run moves the
    /// next one. Whether it is overdue follows from what the online store has on record, so the
    /// schedule goes on where any process left it, and a time that passed while nobody ran is made
    /// up for once. No view is materialized twice at once by any number of processes with one online
    /// store: whoever works on it has a lease there and renews it, and another takes over when it
    /// has not changed for the lease's time by its own clock. A view that fails is tried again after
    /// a second, then two, four .. up to five minutes, and stops no other.
    ///
    /// # Errors
    ///
    /// Options that can't be kept, or no view with a cadence.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<(), ScheduleError> {
        let views = self.scheduled()?;
        let holder = Holder::new(&self.store, self.lease);
        let permits = Semaphore::new(self.parallel);
        let keepers = views.into_iter().map(|(view, cadence)| {
            let keeper = Keeper::new(&self, &holder, &permits, view, cadence);
            Box::pin(keeper.keep())
        });
        unless(stop, join_all(keepers.collect::<Vec<_>>()), &holder).await;
        Ok(())
    }

    /// Materializes the views that are due now, each once; nothing comes back where `stop` is there
    /// before that. Those that another process works on are left to it.
    ///
    /// # Errors
    ///
    /// As [`run_until`](Self::run_until); a view that fails is in the report.
    pub async fn run_once(
        self,
        stop: impl Future<Output = ()>,
    ) -> Result<Option<OnceReport>, ScheduleError> {
        let views = self.scheduled()?;
        let holder = Holder::new(&self.store, self.lease);
        let permits = Semaphore::new(self.parallel);
        let scheduled = views.len();
        let keepers = views.into_iter().map(|(view, cadence)| {
            let keeper = Keeper::new(&self, &holder, &permits, view, cadence);
            Box::pin(async move { keeper.once().await.map(|error| (view.name(), error)) })
        });
        let failed = unless(stop, join_all(keepers.collect::<Vec<_>>()), &holder).await;
        Ok(failed.map(|failed| OnceReport {
            scheduled,
            failed: failed.into_iter().flatten().collect(),
        }))
    }

    /// The views with their cadences; says of the others that they have none.
    fn scheduled(
        &self,
    ) -> Result<Vec<(&'static ViewDefinition, featurestore_schema::Cadence)>, ScheduleError> {
        if self.parallel == 0 {
            return Err(ScheduleError::Settings(
                "no view at once is none ever; `parallel` is at least 1",
            ));
        }
        if self.lease < Duration::from_millis(100) {
            return Err(ScheduleError::Settings("a lease is at least 100 ms long"));
        }
        let views = match &self.views {
            Some(views) => views.clone(),
            None => self.store.registry().views().collect(),
        };
        let mut scheduled = Vec::with_capacity(views.len());
        for view in views {
            match view.cadence() {
                Some(cadence) => scheduled.push((view, cadence)),
                None => self.tell(&ScheduleEvent::NotScheduled { view: view.name() }),
            }
        }
        if scheduled.is_empty() {
            return Err(ScheduleError::Settings(
                "no view has a cadence; write `cadence = \"1h\"` or `cadence = \"0 */6 * * *\"` in its `#[feature_view(..)]`",
            ));
        }
        Ok(scheduled)
    }
}

/// Does the work, unless `stop` comes first: then it is given up, and so are its leases.
async fn unless<T>(
    stop: impl Future<Output = ()>,
    work: impl Future<Output = T>,
    holder: &Holder,
) -> Option<T> {
    match select(pin!(stop), Box::pin(work)).await {
        Either::Left(((), work)) => drop(work),
        Either::Right((done, _)) => return Some(done),
    }
    // Who does not get through leaves the leases to run out.
    let _ = tokio::time::timeout(RELEASE, holder.release_all()).await;
    None
}

impl OnceReport {
    /// How many views have a cadence.
    #[must_use]
    pub const fn scheduled(&self) -> usize {
        self.scheduled
    }

    /// The views that failed, and why.
    #[must_use]
    pub fn failed(&self) -> &[(&'static str, Arc<ScheduleError>)] {
        &self.failed
    }
}
