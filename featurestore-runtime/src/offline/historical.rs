//! `historical`: a training set that is asked for, before it is made.

use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::time::Instant;

use arrow::record_batch::RecordBatch;

use super::output::{self, TrainingReport};
use super::plan::Plan;
use super::progress::{Observer, Progress};
use super::relation::Params;
use super::session::{OfflineSettings, Session, run};
use super::training::{TrainingRow, TypedShape};
use super::{OfflineError, Spine};
use crate::error::Error;
use crate::service::{FeatureService, ServiceDefinition};
use crate::store::FeatureStore;
use crate::view::ViewDefinition;

/// A service's training set over a spine. Made when its rows are asked for.
///
/// Per entity row with keys K and time T, each view gives its row with the latest
/// `event_timestamp <= T - settling`, and nothing if that is older than `T - ttl` (both bounds
/// inclusive); among equals the latest created timestamp wins, then the last row of the source.
/// Every entity row comes back exactly once, in the spine's order.
///
/// Features have the dtypes of their columns: a `Timestamp` is a `TIMESTAMP WITH TIME ZONE` (UTC),
/// an enum its text. A service's default stands wherever there is no value.
#[must_use = "a training set is made when its rows are asked for: `to_parquet`, `rows` or `to_batches`"]
pub struct Historical<S> {
    join: HistoricalJoin,
    service: PhantomData<fn() -> S>,
}

/// A training set of a service that is known only when running; see [`Historical`].
#[derive(Debug)]
#[must_use = "a training set is made when its rows are asked for: `to_parquet` or `to_batches`"]
pub struct HistoricalJoin {
    store: FeatureStore,
    service: &'static ServiceDefinition,
    spine: Spine,
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
            progress: Observer::default(),
        }
    }
}

impl<S: FeatureService> Historical<S> {
    /// See [`HistoricalJoin::on_progress`].
    pub fn on_progress(mut self, observe: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.join = self.join.on_progress(observe);
        self
    }

    /// See [`HistoricalJoin::to_parquet`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn to_parquet(self, path: impl Into<PathBuf>) -> Result<TrainingReport, Error> {
        self.join.to_parquet(path).await
    }

    /// See [`HistoricalJoin::to_batches`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn to_batches(self) -> Result<Vec<RecordBatch>, Error> {
        self.join.to_batches().await
    }

    /// The training set as typed rows, all in memory. They have the spine's keys and times; its
    /// other columns are left out.
    ///
    /// # Errors
    ///
    /// As [`HistoricalJoin::to_parquet`], and a value that its field's type refuses, as a null in
    /// a feature that may not be null.
    pub async fn rows(self) -> Result<Vec<TrainingRow<S>>, Error> {
        let service = self.join.service.name();
        self.join
            .run(move |session, plan| {
                let mut params = Params::default();
                let sql = plan.typed_rows(&mut params);
                let batches = session.batches(&sql, &params);
                let batches = batches.map_err(|error| joining(service, &error))?;
                let shape = TypedShape::of::<S>();
                let mut rows = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
                for batch in &batches {
                    shape.read(batch, &mut rows)?;
                }
                Ok(rows)
            })
            .await
    }
}

impl HistoricalJoin {
    /// Calls `observe` whenever a stage of the join begins. It is called on the thread that
    /// joins, which waits for it.
    pub fn on_progress(mut self, observe: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.progress = Observer::new(observe);
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
        let path = self.store.paths().resolve(&path.to_string_lossy());
        self.run(move |session, plan| Ok(output::write(session, plan, &path, started)?))
            .await
    }

    /// The training set as Arrow's record batches, all in memory: the spine's columns as they
    /// were, then the features.
    ///
    /// # Errors
    ///
    /// As [`to_parquet`](Self::to_parquet).
    pub async fn to_batches(self) -> Result<Vec<RecordBatch>, Error> {
        let service = self.service.name();
        self.run(move |session, plan| {
            let mut params = Params::default();
            let sql = plan.training_set(&mut params);
            let batches = session.batches(&sql, &params);
            Ok(batches.map_err(|error| joining(service, &error))?)
        })
        .await
    }

    /// Checks everything that can be checked before a join, then does `work`.
    async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce(&Session, &Plan) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let views: Vec<&'static ViewDefinition> = self.service.views().collect();
        run(OfflineSettings::default(), move |session| {
            let paths = self.store.paths();
            self.progress.stage(1, 2, "reading the entity rows");
            let plan = Plan::new(session, self.service, &views, &self.spine, paths)?;
            plan.check_times(session)?;
            let joining = format!("joining the features of {}", self.service.name());
            self.progress.stage(2, 2, joining);
            work(session, &plan)
        })
        .await
    }
}

impl Plan {
    fn check_times(&self, session: &Session) -> Result<(), OfflineError> {
        let numbers = |(sql, params): (String, Params)| {
            let numbers = session.numbers(&sql, &params);
            numbers.map_err(|error| OfflineError::query("reading the spine's times", &error))
        };
        let [count, place] = numbers(self.time_check())?[..] else {
            return Ok(());
        };
        if count == 0 {
            return Ok(());
        }
        let first = numbers(self.rows_up_to(place))?;
        Err(OfflineError::SpineTime {
            count,
            first: first.first().copied().unwrap_or_default(),
            column: self.spine.columns[self.time].name.clone(),
            source_text: self.spine.text.clone(),
        })
    }
}

pub(super) fn joining(service: &str, error: &duckdb::Error) -> OfflineError {
    OfflineError::query(
        format!("joining the features of service `{service}`"),
        error,
    )
}

impl<S> fmt::Debug for Historical<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.join.fmt(formatter)
    }
}
