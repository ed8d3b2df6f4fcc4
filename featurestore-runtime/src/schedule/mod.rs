//! The schedule: every view is materialized at its cadence, by one of any number of processes. Knows
//! the online store's records and materialization, of either nothing else.

mod error;
mod event;
mod keeper;
mod lease;
#[cfg(all(test, feature = "embedded"))]
mod tests;
mod times;

pub use error::ScheduleError;
pub use event::ScheduleEvent;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, Either, join_all, select};
use tokio::sync::Semaphore;

use crate::store::FeatureStore;
use crate::view::{FeatureView, ViewDefinition};
use event::Moved;
use keeper::Keeper;
use lease::Holder;

/// How long giving back the leases may take at the end.
const RELEASE: Duration = Duration::from_millis(500);

/// What is done with a view that is due.
type Job = Arc<
    dyn Fn(&'static ViewDefinition) -> BoxFuture<'static, Result<Moved, ScheduleError>>
        + Send
        + Sync,
>;

/// A schedule that is being set up; [`run_until`](Self::run_until) keeps it.
#[must_use = "nothing is scheduled before `run_until` or `run_once`"]
pub struct Schedule {
    store: FeatureStore,
    views: Option<Vec<&'static ViewDefinition>>,
    jitter: Duration,
    lease: Duration,
    parallel: usize,
    observe: Arc<dyn Fn(&ScheduleEvent) + Send + Sync>,
    job: Job,
}

/// What [`Schedule::run_once`] did.
#[derive(Debug, Clone, Default)]
pub struct OnceReport {
    scheduled: usize,
    failed: Vec<(&'static str, Arc<ScheduleError>)>,
}

impl FeatureStore {
    /// Starts to set up a schedule: every view that has a cadence is materialized when it is due.
    ///
    /// ```no_run
    /// # mod declared { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/watched.rs")); }
    /// # use declared::{WatchActivity, WatchNext};
    /// # use featurestore::prelude::*;
    /// # async fn example(store: FeatureStore) -> Result<(), Error> {
    /// let stop = std::future::pending(); // or what tells that the program is to end
    /// store.schedule().on_event(|event| println!("{event}")).run_until(stop).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn schedule(&self) -> Schedule {
        let store = self.clone();
        Schedule {
            store: self.clone(),
            views: None,
            jitter: Duration::ZERO,
            lease: Duration::from_secs(30),
            parallel: 2,
            observe: Arc::new(|_| {}),
            job: Arc::new(move |view| Box::pin(materialize(store.clone(), view))),
        }
    }
}

async fn materialize(
    store: FeatureStore,
    view: &'static ViewDefinition,
) -> Result<Moved, ScheduleError> {
    let run = store.materialize().views([view]).incremental().run();
    let report = run
        .await
        .map_err(|error| ScheduleError::Materialize(Arc::new(error)))?;
    let mut moved = Moved::default();
    for view in report.views() {
        if let Some(error) = view.shared_error() {
            return Err(ScheduleError::Materialize(error));
        }
        moved.written += view.written();
        moved.older += view.older();
        moved.rejected += view.rejected();
    }
    Ok(moved)
}

impl Schedule {
    /// Adds a view; without any, all of the registry are scheduled.
    pub fn view<V: FeatureView>(self) -> Self {
        self.views([V::definition()])
    }

    /// Adds views, as the registry gives them.
    pub fn views(mut self, views: impl IntoIterator<Item = &'static ViewDefinition>) -> Self {
        let all = self.views.get_or_insert_default();
        for view in views {
            if !all.iter().any(|known| std::ptr::eq(*known, view)) {
                all.push(view);
            }
        }
        self
    }

    /// Begins each time up to so much later than the view is due, at random, so that not all begin
    /// at once; by no more than half of the time to the next. None, if not given. What is overdue
    /// at the start begins at once.
    pub const fn jitter(mut self, jitter: Duration) -> Self {
        self.jitter = jitter;
        self
    }

    /// How long a view stays with a process that no longer answers before another takes it over:
    /// 30 s, if not given. A process that can't renew its lease stops working on the view after two
    /// thirds of this.
    pub const fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// How many views are materialized at once: 2, if not given. Each has a `DuckDB` of its own.
    pub const fn parallel(mut self, views: usize) -> Self {
        self.parallel = views;
        self
    }

    /// Calls `observe` when something happens.
    pub fn on_event(mut self, observe: impl Fn(&ScheduleEvent) + Send + Sync + 'static) -> Self {
        self.observe = Arc::new(observe);
        self
    }

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

    fn tell(&self, event: &ScheduleEvent) {
        match event {
            ScheduleEvent::Failed { view, error, .. } => {
                tracing::error!(view, %error, "not materialized");
            }
            other => tracing::debug!("{other}"),
        }
        (self.observe)(event);
    }
}

/// Does the work, unless `stop` comes first: then it is given up, and so are its leases.
async fn unless<T>(
    stop: impl Future<Output = ()>,
    work: impl Future<Output = T>,
    holder: &Holder,
) -> Option<T> {
    match select(std::pin::pin!(stop), Box::pin(work)).await {
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

impl fmt::Debug for Schedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let views = self.views.iter().flatten().map(|view| view.name());
        formatter
            .debug_struct("Schedule")
            .field("views", &views.collect::<Vec<_>>())
            .field("jitter", &self.jitter)
            .field("lease", &self.lease)
            .field("parallel", &self.parallel)
            .finish_non_exhaustive()
    }
}
