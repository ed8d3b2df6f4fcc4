//! What was read and kept out so far; also there when the reading fails.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{MaterializeError, Rejection};

/// How many rejected rows a report shows.
const SHOWN: usize = 5;

/// The counts of a group's views.
#[derive(Debug)]
pub(super) struct Counted(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    sent_of: u64,
    began: Option<Instant>,
    views: Vec<ViewCounts>,
}

/// The counts of one view.
#[derive(Debug, Default)]
pub(super) struct ViewCounts {
    pub(super) read: u64,
    pub(super) rejected: u64,
    /// How many of them are of the future.
    pub(super) ahead: u64,
    pub(super) rejections: Vec<Rejection>,
    /// Why it is left out.
    pub(super) error: Option<MaterializeError>,
}

impl ViewCounts {
    pub(super) fn reject(&mut self, rows: u64, rejection: impl FnOnce() -> Rejection) {
        self.rejected += rows;
        self.show(rejection);
    }

    /// Shows a row that is counted, where there are few.
    pub(super) fn show(&mut self, rejection: impl FnOnce() -> Rejection) {
        if self.rejections.len() < SHOWN {
            self.rejections.push(rejection());
        }
    }

    fn add(&mut self, other: Self) {
        self.read += other.read;
        self.rejected += other.rejected;
        self.ahead += other.ahead;
        let free = SHOWN.saturating_sub(self.rejections.len());
        self.rejections
            .extend(other.rejections.into_iter().take(free));
        if self.error.is_none() {
            self.error = other.error;
        }
    }
}

impl Counted {
    pub(super) fn new(views: usize) -> Self {
        let mut counts = Counts::default();
        counts.views.resize_with(views, ViewCounts::default);
        Self(Mutex::new(counts))
    }

    /// Says that `rows` rows, of `views` views each, will be sent from now on.
    pub(super) fn begin(&self, rows: u64, views: usize) {
        self.change(|counts| {
            let rows = rows.saturating_mul(views as u64);
            counts.sent_of = counts.sent_of.saturating_add(rows);
            counts.began.get_or_insert_with(Instant::now);
        });
    }

    /// Whether rows are sent already.
    pub(super) fn is_sending(&self) -> bool {
        self.change(|counts| counts.began.is_some())
    }

    /// How many rows there are to send, those included that are kept out, and for how long they
    /// have been sent.
    pub(super) fn sending(&self) -> (u64, Duration) {
        self.change(|counts| {
            let within = counts.began.map(|began| began.elapsed());
            (counts.sent_of, within.unwrap_or_default())
        })
    }

    /// Adds counts to each view's.
    pub(super) fn add(&self, more: Vec<ViewCounts>) {
        self.change(|counts| {
            for (own, more) in counts.views.iter_mut().zip(more) {
                own.add(more);
            }
        });
    }

    /// Adds counts to a view's.
    pub(super) fn add_to(&self, view: usize, more: ViewCounts) {
        self.change(|counts| counts.views[view].add(more));
    }

    /// One of a view's rejected rows.
    pub(super) fn example(&self, view: usize) -> Option<String> {
        self.change(|counts| {
            counts.views[view]
                .rejections
                .first()
                .map(ToString::to_string)
        })
    }

    pub(super) fn fail(&self, view: usize, error: MaterializeError) {
        self.change(|counts| counts.views[view].error = Some(error));
    }

    pub(super) fn take(&self) -> Vec<ViewCounts> {
        self.change(|counts| std::mem::take(&mut counts.views))
    }

    fn change<T>(&self, change: impl FnOnce(&mut Counts) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
