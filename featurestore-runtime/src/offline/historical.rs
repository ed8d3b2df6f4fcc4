//! `historical`: a training set that is asked for, before it is made.

use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::Arc;

use super::engine::{OfflineEngine, Options, RowForm, Training};
use super::output;
use super::progress::{Observer, Progress};
use super::report::TrainingReport;
use super::training::{TrainingBatches, TrainingRows};
use super::{OfflineError, Spine};
use crate::service::{FeatureService, ServiceDefinition};
use crate::time::Timestamp;
use crate::view::Paths;

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
    engine: Arc<dyn OfflineEngine>,
    paths: Paths,
    training: Training,
}

impl<S: FeatureService> Historical<S> {
    pub(crate) const fn new(join: HistoricalJoin) -> Self {
        Self {
            join,
            service: PhantomData,
        }
    }

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
        Self::new(change(self.join))
    }

    /// See [`HistoricalJoin::to_parquet`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn to_parquet(
        self,
        path: impl Into<PathBuf>,
    ) -> Result<TrainingReport, OfflineError> {
        self.join.to_parquet(path).await
    }

    /// See [`HistoricalJoin::batches`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn batches(self) -> Result<TrainingBatches, OfflineError> {
        self.join.batches().await
    }

    /// The training set as a stream of typed rows, in the spine's order, a page of them in memory
    /// at once. They have the spine's keys and times; its other columns are left out.
    ///
    /// ```no_run
    /// # mod declared { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/watched.rs")); }
    /// # use declared::{WatchActivity, WatchNext};
    /// # use featurestore::prelude::*;
    /// # async fn example(store: FeatureStore, spine: Spine) -> Result<(), Error> {
    /// use featurestore::TrainingRow;
    /// use futures_util::StreamExt as _;
    ///
    /// let mut rows = store.historical::<WatchNext>(spine).rows().await?;
    /// while let Some(row) = rows.next().await {
    ///     let TrainingRow { key, timestamp, features, .. } = row?;
    ///     println!("{key:?} at {timestamp}: {}", features.watch_count_30d);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`HistoricalJoin::to_parquet`]. A row that its struct refuses, as for a null in a
    /// feature that may not be null, is an error in its place in the stream.
    pub async fn rows(self) -> Result<TrainingRows<S>, OfflineError> {
        let HistoricalJoin {
            engine, training, ..
        } = self.join;
        let (pages, report) = engine.train_to_pages(training, RowForm::Typed).await?;
        Ok(TrainingRows::new(pages, report))
    }
}

impl HistoricalJoin {
    pub(crate) fn new(
        engine: Arc<dyn OfflineEngine>,
        paths: Paths,
        service: &'static ServiceDefinition,
        spine: Spine,
    ) -> Self {
        let (options, progress) = (Options::default(), Observer::default());
        let training = Training {
            service,
            spine,
            options,
            progress,
        };
        Self {
            engine,
            paths,
            training,
        }
    }

    /// Calls `observe` whenever a stage of the join begins. It is called on the thread that
    /// joins, which waits for it.
    pub fn on_progress(mut self, observe: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.training.progress = Observer::new(observe);
        self
    }

    /// Joins what was known at a time: rows created later are not used, though their event time
    /// be earlier. Views without a created timestamp, and rows in which it is null, are used as
    /// without it.
    pub fn known_at(mut self, known_at: Timestamp) -> Self {
        self.training.options.known_at = Some(known_at);
        self
    }

    /// Names features `view__feature`, as where a spine has columns of the features' names.
    pub fn full_names(mut self) -> Self {
        self.training.options.full_names = true;
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
    pub async fn to_parquet(
        self,
        path: impl Into<PathBuf>,
    ) -> Result<TrainingReport, OfflineError> {
        let path = self.paths.resolve(&path.into());
        let path = path.map_err(|error| OfflineError::not_local("the training set", error))?;
        output::check(&path)?;
        self.engine.train_to_file(self.training, path).await
    }

    /// The training set as a stream of Arrow's record batches, in the spine's order: the spine's
    /// columns as they were, then the features. There is at least one, which may have no rows.
    ///
    /// # Errors
    ///
    /// As [`to_parquet`](Self::to_parquet).
    pub async fn batches(self) -> Result<TrainingBatches, OfflineError> {
        let pages = self.engine.train_to_pages(self.training, RowForm::Columns);
        let (pages, report) = pages.await?;
        Ok(TrainingBatches::new(pages, report))
    }

    /// The report that [`to_parquet`](Self::to_parquet) gives, without putting the rows together.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn report(self) -> Result<TrainingReport, OfflineError> {
        self.engine.count(self.training).await
    }
}

impl<S> fmt::Debug for Historical<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.join.fmt(formatter)
    }
}
