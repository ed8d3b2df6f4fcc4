//! Typed rows of a training set, made from Arrow's columns.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use arrow::record_batch::RecordBatch;
use futures_util::Stream;

use super::OfflineError;
use super::pages::Pages;
use super::report::TrainingReport;
use super::typed::TypedColumns;
use crate::key::EntityKey;
use crate::service::FeatureService;
use crate::time::Timestamp;

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
        match TypedColumns::new(S::definition(), page, self.read) {
            Ok(columns) => {
                for row in 0..page.num_rows() {
                    self.rows.push_back(training_row(&columns, row));
                }
            }
            Err(error) => self.rows.push_back(Err(error)),
        }
        self.read += page.num_rows() as u64;
    }
}

/// The row at an index of a page.
fn training_row<S: FeatureService>(
    columns: &TypedColumns<'_>,
    row: usize,
) -> Result<TrainingRow<S>, OfflineError> {
    let features = columns.make(row, S::from_rows)?;
    let key = match columns.key(row)? {
        Some(parts) => {
            let key = S::Key::from_parts(&parts);
            Some(key.map_err(|error| columns.refused_key(error))?)
        }
        None => None,
    };
    Ok(TrainingRow {
        key,
        timestamp: columns.time(row)?,
        features,
    })
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
