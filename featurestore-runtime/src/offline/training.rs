//! Typed rows of a training set, made from Arrow's columns.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use arrow::record_batch::RecordBatch;
use featurestore_schema::Dtype;
use futures_util::Stream;

use super::OfflineError;
use super::cells::{CellError, Cells, instant};
use super::pages::Pages;
use super::report::TrainingReport;
use crate::codec::RowError;
use crate::key::EntityKey;
use crate::lookup::Status;
use crate::service::{FeatureService, OfflineRow, ServiceRows};
use crate::time::Timestamp;
use crate::types::ValueRef;

/// A row of a training set: a row of the spine, and its features as they were at its time.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TrainingRow<S: FeatureService> {
    /// The entity; nothing where a join key of the row is null, which matches no feature.
    pub key: Option<S::Key>,
    /// The row's time.
    pub timestamp: Timestamp,
    /// The features.
    pub features: S,
}

/// A training set as a stream of typed rows. Who drops it stops what still runs.
pub struct TrainingRows<S: FeatureService> {
    pages: Pages,
    report: TrainingReport,
    shape: TypedShape,
    read: u64,
    rows: VecDeque<Result<TrainingRow<S>, OfflineError>>,
}

/// A training set as a stream of record batches. Who drops it stops what still runs.
#[derive(Debug)]
pub struct TrainingBatches {
    pages: Pages,
    report: TrainingReport,
}

impl<S: FeatureService> TrainingRows<S> {
    pub(super) fn new(pages: Pages, report: TrainingReport) -> Self {
        Self {
            pages,
            report,
            shape: TypedShape::of::<S>(),
            read: 0,
            rows: VecDeque::new(),
        }
    }

    /// What was found; its time ends before the first row.
    #[must_use]
    pub const fn report(&self) -> &TrainingReport {
        &self.report
    }

    /// The next row; nothing after the last.
    pub async fn next(&mut self) -> Option<Result<TrainingRow<S>, OfflineError>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// All rows, in memory.
    ///
    /// # Errors
    ///
    /// The first row's that has one.
    pub async fn collect(mut self) -> Result<Vec<TrainingRow<S>>, OfflineError> {
        let mut rows = Vec::new();
        while let Some(row) = self.next().await {
            rows.push(row?);
        }
        Ok(rows)
    }

    fn take(&mut self, page: &RecordBatch) {
        let read = self.shape.read(page, self.read, &mut self.rows);
        if let Err(error) = read {
            self.rows.push_back(Err(error));
        }
        self.read += page.num_rows() as u64;
    }
}

impl<S: FeatureService> fmt::Debug for TrainingRows<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("TrainingRows");
        debug.field("report", &self.report).finish_non_exhaustive()
    }
}

impl<S: FeatureService> Unpin for TrainingRows<S> {}

impl<S: FeatureService> Stream for TrainingRows<S> {
    type Item = Result<TrainingRow<S>, OfflineError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(row) = self.rows.pop_front() {
                return Poll::Ready(Some(row));
            }
            match ready!(self.pages.poll_next(context)) {
                Some(Ok(page)) => self.take(&page),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl TrainingBatches {
    pub(super) const fn new(pages: Pages, report: TrainingReport) -> Self {
        Self { pages, report }
    }

    /// What was found; its time ends before the first batch.
    #[must_use]
    pub const fn report(&self) -> &TrainingReport {
        &self.report
    }

    /// The next batch; nothing after the last.
    pub async fn next(&mut self) -> Option<Result<RecordBatch, OfflineError>> {
        self.pages.next().await
    }

    /// All batches, in memory.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    pub async fn collect(mut self) -> Result<Vec<RecordBatch>, OfflineError> {
        let mut batches = Vec::new();
        while let Some(batch) = self.next().await {
            batches.push(batch?);
        }
        Ok(batches)
    }
}

impl Stream for TrainingBatches {
    type Item = Result<RecordBatch, OfflineError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.pages.poll_next(context)
    }
}

/// What the columns of a typed result are; see `Plan::typed_rows`.
#[derive(Debug)]
pub(super) struct TypedShape {
    keys: Vec<(&'static str, Dtype)>,
    views: usize,
    features: Vec<(&'static str, Dtype)>,
}

impl TypedShape {
    pub(super) fn of<S: FeatureService>() -> Self {
        let service = S::definition();
        let feature =
            |feature: &crate::service::ServiceFeature| (feature.name(), feature.column().dtype());
        Self {
            keys: service.join_keys(),
            views: service.views().len(),
            features: service.features().iter().map(feature).collect(),
        }
    }

    /// Appends the rows of `batch`, which come after `before` others. An error of a row is in the
    /// row's place.
    fn read<S: FeatureService>(
        &self,
        batch: &RecordBatch,
        before: u64,
        rows: &mut VecDeque<Result<TrainingRow<S>, OfflineError>>,
    ) -> Result<(), OfflineError> {
        let mut columns = batch.columns().iter();
        let mut cells = |name: &str, dtype| {
            let column = columns
                .next()
                .ok_or_else(|| failure(name, CellError::Absent))?;
            Cells::new(column, dtype).map_err(|error| failure(name, error))
        };
        let keys = self.keys.iter().map(|(name, dtype)| cells(name, *dtype));
        let keys: Vec<Cells<'_>> = keys.collect::<Result<_, _>>()?;
        let times = cells("the spine's time", Dtype::I64)?;
        let mut views = Vec::with_capacity(self.views);
        for _ in 0..self.views {
            views.push((
                cells("an event timestamp", Dtype::I64)?,
                cells("a TTL", Dtype::Bool)?,
            ));
        }
        let features = self
            .features
            .iter()
            .map(|(name, dtype)| cells(name, *dtype));
        let features: Vec<Cells<'_>> = features.collect::<Result<_, _>>()?;
        let names: Vec<&'static str> = self.features.iter().map(|(name, _)| *name).collect();
        let mut found = Vec::with_capacity(self.views);
        let mut values: Vec<Option<ValueRef<'_>>> = Vec::with_capacity(features.len());
        let refused = |error: RowError, row: usize| OfflineError::TrainingRow {
            service: S::definition().name(),
            row: before + row as u64 + 1,
            source: Box::new(error),
        };
        for row in 0..batch.num_rows() {
            let mut typed = || {
                found.clear();
                for (event, live) in &views {
                    let read = offline_row(event, live, row);
                    found.push(read.map_err(|error| failure("a view", error))?);
                }
                values.clear();
                for (cells, name) in features.iter().zip(&names) {
                    let value = cells.get(row).map_err(|error| match error {
                        CellError::Value(error) => {
                            let column = (*name).to_owned();
                            refused(RowError::Value { column, error }, row)
                        }
                        other => failure(name, other),
                    })?;
                    values.push(value);
                }
                let features = S::from_rows(&mut ServiceRows::offline(&found, &values, &names))
                    .map_err(|error| refused(error, row))?;
                let timestamp = instant(&times, row)
                    .and_then(|time| time.ok_or(CellError::Absent))
                    .map_err(|error| failure("the spine's time", error))?;
                Ok(TrainingRow {
                    key: self.key::<S>(&keys, row)?,
                    timestamp,
                    features,
                })
            };
            rows.push_back(typed());
        }
        Ok(())
    }

    fn key<S: FeatureService>(
        &self,
        cells: &[Cells<'_>],
        row: usize,
    ) -> Result<Option<S::Key>, OfflineError> {
        let mut parts = Vec::with_capacity(cells.len());
        for (cells, (name, _)) in cells.iter().zip(&self.keys) {
            match cells.get(row) {
                Ok(Some(value)) => parts.push(value),
                Ok(None) => return Ok(None),
                Err(CellError::Value(error)) => {
                    let key = (*name).to_owned();
                    return Err(OfflineError::Key { key, source: error });
                }
                Err(other) => return Err(failure(name, other)),
            }
        }
        S::Key::from_parts(&parts).map(Some).map_err(|error| {
            let names: Vec<&str> = self.keys.iter().map(|(name, _)| *name).collect();
            let key = names.join(", ");
            OfflineError::Key { key, source: error }
        })
    }
}

fn offline_row(event: &Cells<'_>, live: &Cells<'_>, row: usize) -> Result<OfflineRow, CellError> {
    let event_timestamp = instant(event, row)?;
    let status = match (event_timestamp, live.get(row)?) {
        (None, _) => Status::Missing,
        (Some(_), Some(ValueRef::Bool(true))) => Status::Found,
        (Some(_), _) => Status::Expired,
    };
    Ok(OfflineRow {
        status,
        event_timestamp,
    })
}

fn failure(column: &str, error: CellError) -> OfflineError {
    OfflineError::cell(format!("reading `{column}` of the training set"), error)
}
