//! What a materialization did, view by view.

use std::sync::Arc;
use std::time::Duration;

use super::counts::ViewCounts;
use super::{MaterializeError, Rejection};
use crate::time::Timestamp;

/// What a materialization did.
#[derive(Debug)]
pub struct MaterializeReport {
    until: Timestamp,
    views: Vec<ViewReport>,
    evicts: Option<String>,
    took: Duration,
}

/// What a materialization did with one view.
///
/// Where it did not fail, `read` is the sum of `written`, `older` and `rejected`.
#[derive(Debug)]
pub struct ViewReport {
    view: &'static str,
    read: u64,
    written: u64,
    older: u64,
    removed: u64,
    rejected: u64,
    ahead: u64,
    rejections: Vec<Rejection>,
    from: Option<Timestamp>,
    full_because: Option<FullBecause>,
    watermark: Option<Timestamp>,
    error: Option<Arc<MaterializeError>>,
    took: Duration,
}

/// Why an incremental run took all rows of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FullBecause {
    /// No run has left a watermark.
    NoWatermark,
    /// The view was declared differently when its watermark was left: its layout, source, times,
    /// settling delay or checks.
    Redeclared,
    /// The run was to reset the watermark.
    Reset,
}

impl std::fmt::Display for FullBecause {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::NoWatermark => "in full, as it has no watermark yet",
            Self::Reset => "in full, as its watermark is reset",
            Self::Redeclared => "in full, as its declaration has changed since the last run",
        })
    }
}

impl MaterializeReport {
    pub(super) fn new(
        until: Timestamp,
        (views, evicts): (Vec<ViewReport>, Option<String>),
        took: Duration,
    ) -> Self {
        Self {
            until,
            views,
            evicts,
            took,
        }
    }

    /// Whether every view was materialized.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.failed().next().is_none()
    }

    /// The views that failed.
    pub fn failed(&self) -> impl Iterator<Item = &ViewReport> {
        self.views.iter().filter(|view| view.error.is_some())
    }

    /// All views, in the order in which they were materialized.
    #[must_use]
    pub fn views(&self) -> &[ViewReport] {
        &self.views
    }

    /// Why the online store may evict rows, if it may: its reads then miss entities that were
    /// materialized.
    #[must_use]
    pub fn evicts(&self) -> Option<&str> {
        self.evicts.as_deref()
    }

    /// The time up to which rows counted: what was asked for, or the store's clock where that was
    /// earlier.
    #[must_use]
    pub const fn until(&self) -> Timestamp {
        self.until
    }

    /// How long it took.
    #[must_use]
    pub const fn took(&self) -> Duration {
        self.took
    }
}

impl ViewReport {
    pub(super) const fn new(view: &'static str) -> Self {
        Self {
            view,
            read: 0,
            written: 0,
            older: 0,
            removed: 0,
            rejected: 0,
            ahead: 0,
            rejections: Vec::new(),
            from: None,
            full_because: None,
            watermark: None,
            error: None,
            took: Duration::ZERO,
        }
    }

    pub(super) const fn add_written(&mut self) {
        self.written += 1;
    }

    pub(super) const fn remove(&mut self, states: u64) {
        self.removed += states;
    }

    pub(super) const fn add_older(&mut self) {
        self.older += 1;
    }

    pub(super) fn count(&mut self, counts: ViewCounts) {
        self.read = counts.read;
        self.rejected = counts.rejected;
        self.ahead = counts.ahead;
        self.rejections = counts.rejections;
        self.error = counts.error.map(Arc::new);
    }

    /// Ends it with an error, unless it has one of its own.
    pub(super) fn fail(&mut self, error: Arc<MaterializeError>) {
        self.error.get_or_insert(error);
    }

    /// Ends it with an error where all that was read is rejected. Rows of the future are read by every
    /// run until they are mended, so by themselves they say nothing of the rows since the last one.
    pub(super) fn fail_without_valid_rows(&mut self) {
        let ahead = if self.from.is_some() { self.ahead } else { 0 };
        if self.rejected < self.read || self.read == ahead || self.error.is_some() {
            return;
        }
        let example = self.rejections.first().map(ToString::to_string);
        self.fail(Arc::new(MaterializeError::NothingValid {
            view: self.view,
            rejected: self.rejected,
            example: example.unwrap_or_default(),
        }));
    }

    pub(super) const fn finish(&mut self, took: Duration) {
        self.took = took;
    }

    pub(super) const fn take_from(&mut self, from: Option<Timestamp>, why: Option<FullBecause>) {
        self.from = from;
        self.full_because = why;
    }

    pub(super) const fn leave(&mut self, watermark: Option<Timestamp>) {
        self.watermark = watermark;
    }

    /// The view's name.
    #[must_use]
    pub const fn view(&self) -> &'static str {
        self.view
    }

    /// How many states of a window view were removed, since their entities have no events any more.
    #[must_use]
    pub const fn removed(&self) -> u64 {
        self.removed
    }

    /// How many rows the source gave: the latest of each entity, its latest valid one where that is
    /// another, those that belong to none because a join key or the event timestamp is null, and those
    /// of the future. Of a window view, how many entities a state was made of, and how many events were
    /// kept out.
    #[must_use]
    pub const fn read(&self) -> u64 {
        self.read
    }

    /// How many of them are in the online store now.
    #[must_use]
    pub const fn written(&self) -> u64 {
        self.written
    }

    /// How many the online store has a newer row for.
    #[must_use]
    pub const fn older(&self) -> u64 {
        self.older
    }

    /// How many were kept out.
    #[must_use]
    pub const fn rejected(&self) -> u64 {
        self.rejected
    }

    /// How many of these are of the future: their event time is ahead of the clock by more than it may
    /// be ([`clock_skew`](crate::StoreBuilder::clock_skew)).
    #[must_use]
    pub const fn ahead(&self) -> u64 {
        self.ahead
    }

    /// The first of those that were kept out.
    #[must_use]
    pub fn rejections(&self) -> &[Rejection] {
        &self.rejections
    }

    /// The earliest event time that was taken; nothing where all rows up to the end were.
    #[must_use]
    pub const fn from(&self) -> Option<Timestamp> {
        self.from
    }

    /// Why all rows were taken by a run that was to be incremental.
    #[must_use]
    pub const fn full_because(&self) -> Option<FullBecause> {
        self.full_because
    }

    /// The view's watermark after the run: rows that were known at that time are online, as far as
    /// the source had them. Nothing where there is none, or where the view failed.
    #[must_use]
    pub const fn watermark(&self) -> Option<Timestamp> {
        self.watermark
    }

    /// Why the view failed, if it did. What fails views that are read together is the error of
    /// each.
    #[must_use]
    pub fn error(&self) -> Option<&MaterializeError> {
        self.error.as_deref()
    }

    pub(crate) fn shared_error(&self) -> Option<Arc<MaterializeError>> {
        self.error.clone()
    }

    /// How long it took; of views that are read together, all of them.
    #[must_use]
    pub const fn took(&self) -> Duration {
        self.took
    }
}
