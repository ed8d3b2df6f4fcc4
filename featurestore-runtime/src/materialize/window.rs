//! Which rows of a view are taken.

use std::time::Duration;

use super::fingerprint::fingerprint;
use super::report::FullBecause;
use super::{Materialize, MaterializeError};
use crate::online::{Watermark, before};
use crate::store::FeatureStore;
use crate::time::{Horizon, Timestamp};
use crate::view::{Cadence, ViewDefinition};

/// How late rows are taken by an incremental run where neither it nor the view's cadence says so.
const LOOKBACK: i64 = 86_400_000_000;

/// Which rows a run is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Full,
    From(Timestamp),
    Incremental,
}

/// The rows of a view that a run takes: those with `from <= event` and `event + settling <= until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// Nothing where all rows up to the end are taken.
    pub(super) from: Option<Timestamp>,
    pub(super) until: Timestamp,
    /// Whether rows count that came to the source late: those of an interval are those of its times.
    pub(super) takes_late: bool,
    /// The later watermark that the end takes the place of.
    pub(super) replaces: Option<Watermark>,
}

/// What all views of a run have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    mode: Mode,
    horizon: Horizon,
    /// Whether the watermarks that are there don't count.
    reset: bool,
    /// No later than `now`.
    pub(super) until: Timestamp,
    /// Microseconds.
    lookback: Option<i64>,
}

impl Asked {
    pub(super) fn new(run: &Materialize, horizon: Horizon) -> Result<Self, MaterializeError> {
        let now = horizon.now;
        let until = run.until.map_or(now, |until| until.min(now));
        let mode = match (run.from, run.incremental) {
            (Some(_), true) => {
                let reason = "an incremental run starts at the views' watermarks, so it takes no `from`; leave out one of them";
                return Err(MaterializeError::Settings(reason));
            }
            (Some(from), false) if from > until => {
                return Err(MaterializeError::EmptyInterval { from, until });
            }
            (Some(from), false) => Mode::From(from),
            (None, true) => Mode::Incremental,
            (None, false) => Mode::Full,
        };
        if run.lookback.is_some() && mode != Mode::Incremental {
            let reason = "`lookback` says how late rows an incremental run takes; ask for one, or leave it out";
            return Err(MaterializeError::Settings(reason));
        }
        if run.reset_watermark && run.from.is_some() {
            let reason = "resetting a watermark takes all rows, so it takes no `from`; leave out one of them";
            return Err(MaterializeError::Settings(reason));
        }
        let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
        Ok(Self {
            mode,
            horizon,
            reset: run.reset_watermark,
            until,
            lookback: run.lookback.map(micros),
        })
    }

    /// The rows of a view that are to be taken, and why it is all of them where less was asked for.
    pub(super) fn window(
        &self,
        view: &'static ViewDefinition,
        watermark: Option<&Watermark>,
    ) -> Result<(Window, Option<FullBecause>), MaterializeError> {
        let replaces = watermark.filter(|it| it.time > self.until).copied();
        let replaces = replaces.filter(|later| self.replaces(later));
        if let Some(watermark) = watermark.filter(|_| replaces.is_none()) {
            self.compare(view, watermark.time)?;
        }
        let watermark = watermark.filter(|_| !self.reset);
        let (from, because) = match (self.mode, watermark) {
            (Mode::Full, _) => (None, None),
            (Mode::From(from), _) => (Some(from), None),
            (Mode::Incremental, None) if self.reset => (None, Some(FullBecause::Reset)),
            (Mode::Incremental, None) => (None, Some(FullBecause::NoWatermark)),
            (Mode::Incremental, Some(known)) if known.fingerprint != fingerprint(view) => {
                (None, Some(FullBecause::Redeclared))
            }
            (Mode::Incremental, Some(known)) => {
                let until = self.until.timestamp_micros();
                let lookback = self.lookback.unwrap_or_else(|| lookback(view, until));
                let back = view.settling_micros().saturating_add(lookback);
                (Some(before(known.late, back)), None)
            }
        };
        let until = self.until;
        let takes_late = !matches!(self.mode, Mode::From(_));
        let window = Window {
            from,
            until,
            takes_late,
            replaces,
        };
        Ok((window, because))
    }

    /// Whether the run leaves its own end in the place of a later watermark: it is told to, or takes
    /// all rows and the watermark is of the future.
    fn replaces(&self, later: &Watermark) -> bool {
        let is_ahead = later.time > self.horizon.end();
        self.reset || is_ahead && self.mode == Mode::Full && self.until == self.horizon.now
    }

    /// Compares the run's end with a watermark that stays.
    fn compare(&self, view: &ViewDefinition, watermark: Timestamp) -> Result<(), MaterializeError> {
        let (view, until, now) = (view.name(), self.until, self.horizon.now);
        if watermark > self.horizon.end() {
            return Err(MaterializeError::ClockBehind {
                view,
                watermark,
                now,
            });
        }
        // Of two clocks that may differ by so much, neither is wrong.
        let end = if until == now {
            self.horizon.end()
        } else {
            until
        };
        if watermark > end {
            return Err(MaterializeError::BeforeWatermark {
                view,
                watermark,
                until,
            });
        }
        Ok(())
    }

    /// By what rows of sources are judged that may be of the future, if they are: where a run has an
    /// end of its own, later rows are not looked at.
    pub(super) fn judging(&self, store: &FeatureStore) -> Option<Horizon> {
        let judges = store.judges_sources_by_clock() && self.until == self.horizon.now;
        judges.then_some(self.horizon)
    }
}

/// How late rows of a view are taken where nobody says so, in microseconds: what its cadence leaves between
/// two runs, and of events what they may be late by.
fn lookback(view: &ViewDefinition, around: i64) -> i64 {
    let between = view.cadence().map_or(LOOKBACK, |it| span(it, around));
    let late = view.windows().map(|it| it.events().lateness_micros());
    between.max(late.unwrap_or(0))
}

/// The longest time between two runs of a cadence around a time, in microseconds.
fn span(cadence: Cadence, around: i64) -> i64 {
    let gap = || {
        let last = cadence.at_or_before(around)?;
        let before = cadence.at_or_before(last.checked_sub(1)?)?;
        let next = cadence.after(around)?;
        Some((last - before).max(next - last))
    };
    gap().unwrap_or(LOOKBACK)
}
