//! Materialization: the latest row per entity moves from the offline to the online store. The
//! only part that knows both.

mod batch;
mod latest;
mod report;
mod rows;

pub use report::{MaterializeReport, Rejection, ViewReport};

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;

use crate::error::Error;
use crate::offline::{Observer, Progress, run};
use crate::online::{RowWrite, Written};
use crate::store::FeatureStore;
use crate::time::Timestamp;
use crate::view::{FeatureView, ViewDefinition};
use rows::Reading;

/// How many rows the online store gets at once, and how many such chunks may wait for it.
const CHUNK: usize = 1_000;
const WAITING: usize = 2;

/// A materialization that is being set up; [`run`](Self::run) does it.
#[derive(Debug)]
#[must_use = "nothing is materialized before `run`"]
pub struct Materialize {
    store: FeatureStore,
    views: Option<Vec<&'static ViewDefinition>>,
    until: Option<Timestamp>,
    progress: Observer,
}

impl FeatureStore {
    /// Starts to set up a materialization: the latest row per entity of every view, as of now,
    /// from the views' sources to the online store.
    ///
    /// ```ignore
    /// let report = store.materialize().view::<WatchActivity>().run().await?;
    /// assert!(report.is_ok());
    /// ```
    pub fn materialize(&self) -> Materialize {
        Materialize {
            store: self.clone(),
            views: None,
            until: None,
            progress: Observer::default(),
        }
    }
}

impl Materialize {
    /// Adds a view; without any, all of the registry are materialized.
    pub fn view<V: FeatureView>(self) -> Self {
        self.views([V::definition()])
    }

    /// Adds views, as the registry gives them.
    pub fn views(mut self, views: impl IntoIterator<Item = &'static ViewDefinition>) -> Self {
        self.views.get_or_insert_default().extend(views);
        self
    }

    /// Only rows that were known at `until` (event timestamp and settling delay included), so
    /// that online reads give what a training set gives for that time. Later rows are left for a
    /// later run. Without it: the store's clock.
    pub fn until(mut self, until: Timestamp) -> Self {
        self.until = Some(until);
        self
    }

    /// Calls `observe` when a view is begun, and as its rows are written; a stage is a view.
    pub fn on_progress(mut self, observe: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.progress = Observer::new(observe);
        self
    }

    /// Moves the rows, one view after the other. A view that fails does not stop the others; the
    /// report says which did.
    ///
    /// Of each entity the latest row counts, by the rules of the point-in-time join. It is kept
    /// out and counted where a join key is null, where a value is null and its feature may not
    /// be, where an enum doesn't know it, or where it violates a check; the entity then keeps the
    /// row that it has online. A column with `mostly = ..` fails its view, before any row of it
    /// is written, where the share of valid rows is smaller.
    ///
    /// Interrupted anywhere, there are whole rows only, and the next run has the same result.
    ///
    /// # Errors
    ///
    /// An online store that does not answer.
    pub async fn run(self) -> Result<MaterializeReport, Error> {
        let started = Instant::now();
        let until = self.until.unwrap_or_else(|| self.store.clock().now());
        let views = match self.views {
            Some(views) => views,
            None => self.store.registry().views().collect(),
        };
        self.store.online().ping().await?;
        let of = views.len();
        let mut reports = Vec::with_capacity(of);
        for (place, view) in views.into_iter().enumerate() {
            let begun = |part| {
                let what = format!("materializing view {}", view.name());
                self.progress.part(place + 1, of, what, part);
            };
            begun((0, 0));
            let report = materialize_view(&self.store, view, until, &begun).await;
            match report.error() {
                Some(error) => tracing::error!(view = view.name(), %error, "not materialized"),
                None => tracing::info!(
                    view = view.name(),
                    written = report.written(),
                    older = report.older(),
                    rejected = report.rejected(),
                    "materialized"
                ),
            }
            reports.push(report);
        }
        Ok(MaterializeReport::new(until, reports, started.elapsed()))
    }
}

async fn materialize_view(
    store: &FeatureStore,
    view: &'static ViewDefinition,
    until: Timestamp,
    progress: &(dyn Fn((u64, u64)) + Sync),
) -> ViewReport {
    let started = Instant::now();
    let mut report = ViewReport::new(view.name());
    if let Err(error) = move_rows(store, view, until, progress, &mut report).await {
        report.fail(error);
    }
    report.finish(started.elapsed());
    report
}

async fn move_rows(
    store: &FeatureStore,
    view: &'static ViewDefinition,
    until: Timestamp,
    progress: &(dyn Fn((u64, u64)) + Sync),
    report: &mut ViewReport,
) -> Result<(), Error> {
    store.keep_layout(view).await?;
    let (sender, mut receiver) = mpsc::channel::<Vec<RowWrite>>(WAITING);
    let reading = Reading::new(store, view, until);
    let counted = Arc::clone(reading.counted());
    let read = run(store.offline().clone(), move |session| {
        reading.send_rows(session, &sender)
    });
    let write = async {
        let mut outcome = Ok(());
        while let Some(rows) = receiver.recv().await {
            match store.online().write(&rows).await {
                Ok(written) => {
                    report.count(&written);
                    progress((report.written() + report.older(), counted.latest()));
                }
                Err(error) => {
                    // The reader notices that nobody takes its rows, and ends.
                    outcome = Err(Error::from(error));
                    break;
                }
            }
            tracing::debug!(
                view = view.name(),
                written = report.written(),
                "rows written"
            );
        }
        drop(receiver);
        outcome
    };
    let (read, write) = futures_util::future::join(read, write).await;
    report.take(&counted);
    write.and(read)
}

impl ViewReport {
    fn count(&mut self, written: &[Written]) {
        for row in written {
            match row {
                Written::Stored => self.add_written(),
                Written::Older => self.add_older(),
            }
        }
    }
}
