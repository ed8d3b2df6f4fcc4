//! A materialization that is being set up.

use std::path::PathBuf;
use std::time::Duration;

use crate::offline::{Observer, Progress};
use crate::store::FeatureStore;
use crate::time::Timestamp;
use crate::view::{FeatureView, ViewDefinition};

/// A materialization that is being set up; [`run`](Self::run) does it.
///
/// | run | rows that are taken | watermark after it |
/// |---|---|---|
/// | in full, which is the default | all up to the end | the end; one that is of the future is replaced |
/// | of an interval, with [`from`](Self::from) | those with `from <= event` up to the end | the end, if no rows are left out between it and the one before; else unchanged. Late rows are looked for from the earlier one on |
/// | [`incremental`](Self::incremental) | those since the last run that was no interval, and a [`lookback`](Self::lookback) | the end |
///
/// A row is up to the end where `event + settling <= end`. The end is [`until`](Self::until), and
/// never later than the store's clock: rows stamped later are left for a later run.
#[derive(Debug)]
#[must_use = "nothing is materialized before `run`"]
pub struct Materialize {
    pub(super) store: FeatureStore,
    pub(super) views: Option<Vec<&'static ViewDefinition>>,
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
    pub(super) incremental: bool,
    pub(super) lookback: Option<Duration>,
    pub(super) quarantine: Option<PathBuf>,
    pub(super) strict: bool,
    pub(super) take_over: bool,
    pub(super) reset_watermark: bool,
    pub(super) progress: Observer,
}

impl Materialize {
    pub(super) fn new(store: FeatureStore) -> Self {
        Self {
            store,
            views: None,
            from: None,
            until: None,
            incremental: false,
            lookback: None,
            quarantine: None,
            strict: false,
            take_over: false,
            reset_watermark: false,
            progress: Observer::default(),
        }
    }

    /// Adds a view; without any, all of the registry are materialized.
    pub fn view<V: FeatureView>(self) -> Self {
        self.views([V::definition()])
    }

    /// Adds views, as the registry gives them; one that is there already is not added again.
    pub fn views(mut self, views: impl IntoIterator<Item = &'static ViewDefinition>) -> Self {
        let known = self.views.get_or_insert_default();
        for view in views {
            if !known.iter().any(|known| std::ptr::eq(*known, view)) {
                known.push(view);
            }
        }
        self
    }

    /// Only rows with this event timestamp or a later one: an interval, whose entities get their
    /// latest row in it. What the online store has that is newer stays.
    pub fn from(mut self, from: Timestamp) -> Self {
        self.from = Some(from);
        self
    }

    /// Only rows that were known at `until` (event timestamp and settling delay included), so
    /// that online reads give what a training set gives for that time. Later rows are left for a
    /// later run. Without it, or where it is later: the store's clock.
    ///
    /// An end before a view's watermark fails the view, since the online store has newer rows.
    pub fn until(mut self, until: Timestamp) -> Self {
        self.until = Some(until);
        self
    }

    /// Only rows since each view's watermark, which every run leaves in the online store after all
    /// rows of the view are there. A view without one is taken in full, as is one whose
    /// declaration has changed since; its report says so.
    pub fn incremental(mut self) -> Self {
        self.incremental = true;
        self
    }

    /// How late rows an incremental run takes: rows that came to the source after the last run,
    /// though it should have had them, count if they are older than its watermark by no more than
    /// the view's settling delay and this. Later ones, and rows that were removed from the source,
    /// are left to a run in full. Without it: the view's cadence, or a day where it declares none; of a window
    /// view no less than its event source's `lateness`.
    pub fn lookback(mut self, lookback: Duration) -> Self {
        self.lookback = Some(lookback);
        self
    }

    /// Writes the rows that are kept out to a Parquet file, whole or not at all, with the columns
    /// `view`, `key`, `event_timestamp`, `column`, `reason` and `row`, which has all that the view
    /// reads of the row, as JSON. A file that is there is replaced.
    pub fn quarantine(mut self, path: impl Into<PathBuf>) -> Self {
        self.quarantine = Some(path.into());
        self
    }

    /// Fails a view of which a row is rejected, before any row of it is written, and the run where the
    /// online store evicts rows, of which there is a warning otherwise: for checks of data before they
    /// are served.
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Writes rows of views also where a build with another layout of them came after this one's: to go
    /// back to this one. Else the run of the older build fails such a view, so that two builds, as
    /// while one is rolled out, don't take turns with its rows.
    pub fn take_over(mut self) -> Self {
        self.take_over = true;
        self
    }

    /// Takes all rows, and leaves a watermark for them though there is a later one: it was left by a run
    /// whose clock was ahead, or this one's end is an earlier one on purpose. A run in full does that by
    /// itself where the later one is of the future ([`clock_skew`](crate::StoreBuilder::clock_skew)).
    ///
    /// Rows that are newer online stay there, as always; those of the future go with
    /// [`online_delete_view`](FeatureStore::online_delete_view).
    pub fn reset_watermark(mut self) -> Self {
        self.reset_watermark = true;
        self
    }

    /// Calls `observe` when views are begun, and as their rows are written. A stage is a view, or
    /// several that are read together.
    pub fn on_progress(mut self, observe: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.progress = Observer::new(observe);
        self
    }
}
