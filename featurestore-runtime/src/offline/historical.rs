//! `historical`: a training set that is asked for, before it is made.

use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::time::Instant;

use super::output;
use super::pages::Pages;
use super::progress::{Observer, Progress, Stages};
use super::report::TrainingReport;
use super::training::{TrainingBatches, TrainingRows};
use super::{OfflineError, Spine};
use crate::error::Error;
use crate::offline::duckdb::join::Joined;
use crate::offline::duckdb::plan::{Options, Plan};
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::session::{Session, Task, run};
use crate::service::{FeatureService, ServiceDefinition};
use crate::store::FeatureStore;
use crate::time::Timestamp;

/// A service's training set over a spine. Made when its rows are asked for.
///
/// Per entity row with keys K and time T, each view gives its row with the latest
/// `event_timestamp <= T - settling`, and nothing if that is older than `T - ttl` (both bounds
/// inclusive); among equals the latest created timestamp wins, then the last row of the source.
/// Every entity row comes back exactly once, in the spine's order.
///
/// Features have the dtypes of their columns: a `Timestamp` is a `TIMESTAMP WITH TIME ZONE` (UTC),
/// an enum its text. A service's default stands wherever there is no value.
#[must_use = "a training set is made when its rows are asked for: `to_parquet`, `rows` or `batches`"]
pub struct Historical<S> {
    join: HistoricalJoin,
    service: PhantomData<fn() -> S>,
}

/// A training set of a service that is known only when running; see [`Historical`].
#[derive(Debug)]
#[must_use = "a training set is made when its rows are asked for: `to_parquet` or `batches`"]
pub struct HistoricalJoin {
    store: FeatureStore,
    service: &'static ServiceDefinition,
    spine: Spine,
    options: Options,
    progress: Observer,
}

impl FeatureStore {
    /// The training set of service `S`: its features, as they were at each row of the spine.
    ///
    /// ```ignore
    /// let spine = Spine::parquet("labels.parquet");
    /// store.historical::<WatchNext>(spine).to_parquet("train.parquet").await?;
    /// ```
    pub fn historical<S: FeatureService>(&self, spine: Spine) -> Historical<S> {
        Historical {
            join: self.historical_by(S::definition(), spine),
            service: PhantomData,
        }
    }

    /// Every known entity's features of service `S` as of `at`, without a spine: a training set of
    /// the entities that the views with all of the service's join keys had a row of by then, each
    /// once, ordered by key. Entities all of whose rows have expired are among them.
    ///
    /// ```ignore
    /// store.snapshot::<WatchNext>(at).to_parquet("watch_next_on_monday.parquet").await?;
    /// ```
    pub fn snapshot<S: FeatureService>(&self, at: Timestamp) -> Historical<S> {
        self.historical(Spine::known(at))
    }

    /// As [`snapshot`](Self::snapshot), for a service that the registry found by its name.
    pub fn snapshot_by(
        &self,
        service: &'static ServiceDefinition,
        at: Timestamp,
    ) -> HistoricalJoin {
        self.historical_by(service, Spine::known(at))
    }

    /// As [`historical`](Self::historical), for a service that the registry found by its name.
    pub fn historical_by(
        &self,
        service: &'static ServiceDefinition,
        spine: Spine,
    ) -> HistoricalJoin {
        HistoricalJoin {
            store: self.clone(),
            service,
            spine,
            options: Options::default(),
            progress: Observer::default(),
        }
    }
}

impl<S: FeatureService> Historical<S> {
    /// See [`HistoricalJoin::on_progress`].
    pub fn on_progress(self, observe: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.map(|join| join.on_progress(observe))
    }

    /// See [`HistoricalJoin::known_at`].
    pub fn known_at(self, known_at: Timestamp) -> Self {
        self.map(|join| join.known_at(known_at))
    }

    /// See [`HistoricalJoin::full_names`].
    pub fn full_names(self) -> Self {
        self.map(HistoricalJoin::full_names)
    }

    fn map(self, change: impl FnOnce(HistoricalJoin) -> HistoricalJoin) -> Self {
        Self {
            join: change(self.join),
            service: PhantomData,
        }
    }

    /// See [`HistoricalJoin::to_parquet`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn to_parquet(self, path: impl Into<PathBuf>) -> Result<TrainingReport, Error> {
        self.join.to_parquet(path).await
    }

    /// See [`HistoricalJoin::batches`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn batches(self) -> Result<TrainingBatches, Error> {
        self.join.batches().await
    }

    /// The training set as a stream of typed rows, in the spine's order, a page of them in memory
    /// at once. They have the spine's keys and times; its other columns are left out.
    ///
    /// ```ignore
    /// let mut rows = store.historical::<WatchNext>(spine).rows().await?;
    /// while let Some(row) = rows.next().await {
    ///     let TrainingRow { key, timestamp, features } = row?;
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`HistoricalJoin::to_parquet`]. A row that its struct refuses, as for a null in a
    /// feature that may not be null, is an error in its place in the stream.
    pub async fn rows(self) -> Result<TrainingRows<S>, Error> {
        let query = |joined: &Joined, params: &mut Params| joined.plan.typed_rows(params);
        let (pages, report) = self.join.pages(query).await?;
        Ok(TrainingRows::new(pages, report))
    }
}

impl HistoricalJoin {
    /// Calls `observe` whenever a stage of the join begins. It is called on the thread that
    /// joins, which waits for it.
    pub fn on_progress(mut self, observe: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.progress = Observer::new(observe);
        self
    }

    /// Joins what was known at a time: rows created later are not used, though their event time
    /// be earlier. Views without a created timestamp, and rows in which it is null, are used as
    /// without it.
    pub const fn known_at(mut self, known_at: Timestamp) -> Self {
        self.options.known_at = Some(known_at);
        self
    }

    /// Names features `view__feature`, as where a spine has columns of the features' names.
    pub const fn full_names(mut self) -> Self {
        self.options.full_names = true;
        self
    }

    /// Writes the training set to a Parquet file (zstd): the spine's columns as they were, then
    /// the features. A relative path starts where relative paths of sources do.
    ///
    /// The file is written beside its final name and renamed, so a run that is interrupted
    /// leaves no half file, and an older file stays until the new one is whole.
    ///
    /// # Errors
    ///
    /// A spine or a source that is not there, can't be read, or lacks a column; a column whose
    /// type is not the declared one or a lossless narrower one; a row of the spine without a
    /// time; a feature with the name of a spine's column; a file that can't be written.
    pub async fn to_parquet(self, path: impl Into<PathBuf>) -> Result<TrainingReport, Error> {
        let started = Instant::now();
        let path = path.into();
        let path = self.store.paths().resolve(&path);
        let path = path.map_err(|error| OfflineError::not_local("the training set", error))?;
        output::check(&path)?;
        let settings = self.store.offline().clone();
        run(settings, move |session| {
            let joined = self.join(session)?;
            joined.stages.begin(format!("writing {}", path.display()));
            let rows = output::write(session, &joined, &path)?;
            let service = joined.plan.service.name();
            let (features, took) = (joined.features, started.elapsed());
            Ok(TrainingReport::new(
                service,
                Some(path),
                rows,
                features,
                took,
            ))
        })
        .await
    }

    /// The training set as a stream of Arrow's record batches, in the spine's order: the spine's
    /// columns as they were, then the features. There is at least one, which may have no rows.
    ///
    /// # Errors
    ///
    /// As [`to_parquet`](Self::to_parquet).
    pub async fn batches(self) -> Result<TrainingBatches, Error> {
        let query = |joined: &Joined, params: &mut Params| joined.plan.training_set(params);
        let (pages, report) = self.pages(query).await?;
        Ok(TrainingBatches::new(pages, report))
    }

    /// The report that [`to_parquet`](Self::to_parquet) gives, without putting the rows together.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn report(self) -> Result<TrainingReport, Error> {
        let started = Instant::now();
        run(self.store.offline().clone(), move |session| {
            let joined = self.join(session)?;
            joined.stages.begin("counting");
            Ok(joined.report(started))
        })
        .await
    }

    async fn pages(
        self,
        query: impl FnOnce(&Joined, &mut Params) -> String + Send + 'static,
    ) -> Result<(Pages, TrainingReport), Error> {
        let started = Instant::now();
        let settings = self.store.offline().clone();
        Pages::start(move |mut sender| {
            Task::spawn(settings, move |session| {
                let send = |session: &Session| {
                    let joined = self.join(session)?;
                    joined.stages.begin("putting the rows together");
                    let mut params = Params::default();
                    let query = query(&joined, &mut params);
                    let staged = joined.stage(session, &query, &params)?;
                    sender.ready(Ok(joined.report(started)));
                    joined.send_pages(session, &staged, &sender)
                };
                let sent = session.and_then(send);
                sender.finish(sent);
            })
        })
        .await
    }

    /// Checks everything that can be checked before a join, then finds the rows.
    fn join(self, session: &Session) -> Result<Joined, Error> {
        let paths = self.store.paths();
        let stages = Stages::new(self.progress, self.service.views().len());
        stages.begin("reading the entity rows");
        let plan = Plan::new(session, self.service, &self.spine, self.options, paths)?;
        Ok(plan.run(session, stages)?)
    }
}

impl Joined {
    fn report(&self, started: Instant) -> TrainingReport {
        let (service, features) = (self.plan.service.name(), self.features.clone());
        TrainingReport::new(service, None, self.rows, features, started.elapsed())
    }
}

pub(super) fn joining(plan: &Plan, error: &duckdb::Error) -> OfflineError {
    let (service, spine) = (plan.service.name(), &plan.spine.text);
    OfflineError::query(
        format!("joining the features of service `{service}` onto {spine}"),
        error,
    )
}

impl<S> fmt::Debug for Historical<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.join.fmt(formatter)
    }
}
