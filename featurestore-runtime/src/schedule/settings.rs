//! A schedule that is being set up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::ScheduleError;
use super::event::{Moved, ScheduleEvent};
use crate::store::FeatureStore;
use crate::view::{FeatureView, ViewDefinition};

/// What is done with a view that is due.
pub(super) type Job = Arc<
    dyn Fn(&'static ViewDefinition) -> BoxFuture<'static, Result<Moved, ScheduleError>>
        + Send
        + Sync,
>;

/// A schedule that is being set up; [`run_until`](Self::run_until) keeps it.
#[must_use = "nothing is scheduled before `run_until` or `run_once`"]
pub struct Schedule {
    pub(super) store: FeatureStore,
    pub(super) views: Option<Vec<&'static ViewDefinition>>,
    pub(super) jitter: Duration,
    pub(super) lease: Duration,
    pub(super) parallel: usize,
    pub(super) observe: Arc<dyn Fn(&ScheduleEvent) + Send + Sync>,
    pub(super) job: Job,
}

impl Schedule {
    pub(super) fn new(store: &FeatureStore) -> Self {
        let of_job = store.clone();
        Self {
            store: store.clone(),
            views: None,
            jitter: Duration::ZERO,
            lease: Duration::from_secs(30),
            parallel: 2,
            observe: Arc::new(|_| {}),
            job: Arc::new(move |view| Box::pin(materialize(of_job.clone(), view))),
        }
    }

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

    pub(super) fn tell(&self, event: &ScheduleEvent) {
        match event {
            ScheduleEvent::Failed { view, error, .. } => {
                tracing::error!(view, %error, "not materialized");
            }
            other => tracing::debug!("{other}"),
        }
        (self.observe)(event);
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
