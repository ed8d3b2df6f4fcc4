//! How far a run is, for whoever watches it. Stages, as `DuckDB`'s own progress within a query is
//! out of reach of safe code.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How far a run is: which of its stages has begun, and how much of that is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    stage: usize,
    of: usize,
    what: String,
    fraction: Option<f64>,
    pace: Option<Pace>,
}

/// How fast a stage's rows are done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pace {
    /// How many are done.
    pub(crate) rows: u64,
    /// In how long.
    pub(crate) within: Duration,
}

impl Progress {
    /// The stage that is under way, from 1.
    #[must_use]
    pub const fn stage(&self) -> usize {
        self.stage
    }

    /// How many stages there are.
    #[must_use]
    pub const fn of(&self) -> usize {
        self.of
    }

    /// What is being done: `joining view weather`.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// How much of the stage is done, from 0 to 1, where that is known.
    #[must_use]
    pub const fn fraction(&self) -> Option<f64> {
        self.fraction
    }

    /// How many rows of the stage are done, where rows are counted.
    #[must_use]
    pub fn rows(&self) -> Option<u64> {
        self.pace.map(|pace| pace.rows)
    }

    /// How many rows are done per second, on average over the stage, where rows are counted.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        let pace = self.pace?;
        // A rate needs no more digits than f64 has.
        #[allow(clippy::cast_precision_loss)]
        let rate = pace.rows as f64 / pace.within.as_secs_f64();
        rate.is_finite().then_some(rate)
    }

    /// How long the rest of the stage takes at this rate, where that is known.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        let (pace, done) = (self.pace?, self.fraction?);
        let left = pace.within.as_secs_f64() * (1.0 - done) / done;
        Duration::try_from_secs_f64(left).ok()
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({} of {})", self.what, self.stage, self.of)?;
        if let Some(fraction) = self.fraction {
            write!(formatter, ", {:.0} %", fraction * 100.0)?;
        }
        if let Some(rate) = self.rate() {
            write!(formatter, ", {rate:.0} rows/s")?;
        }
        match self.left() {
            Some(left) => write!(formatter, ", {} s left", left.as_secs()),
            None => Ok(()),
        }
    }
}

/// Who watches a run, if anybody does.
#[derive(Clone, Default)]
pub(crate) struct Observer(Option<Arc<Observe>>);

type Observe = dyn Fn(&Progress) + Send + Sync;

impl Observer {
    pub(crate) fn new(observe: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(observe)))
    }

    /// Says that stage number `stage` of `of` has begun.
    pub(crate) fn stage(&self, stage: usize, of: usize, what: impl Into<String>) {
        self.report(stage, of, what, None, None);
    }

    /// Says how much of a stage is done: `done` of `all` rows, in the time since the first began.
    pub(crate) fn part(
        &self,
        stage: usize,
        of: usize,
        what: impl Into<String>,
        (done, all): (u64, u64),
        within: Duration,
    ) {
        // A share needs no more digits than f64 has.
        #[allow(clippy::cast_precision_loss)]
        let fraction = (all > 0).then(|| (done as f64 / all as f64).min(1.0));
        let pace = Pace { rows: done, within };
        self.report(stage, of, what, fraction, Some(pace));
    }

    fn report(
        &self,
        stage: usize,
        of: usize,
        what: impl Into<String>,
        fraction: Option<f64>,
        pace: Option<Pace>,
    ) {
        if let Some(observe) = &self.0 {
            observe(&Progress {
                stage,
                of,
                what: what.into(),
                fraction,
                pace,
            });
        }
    }
}

/// The stages of a join: the entity rows, each view, the result.
#[derive(Debug)]
pub(crate) struct Stages {
    observer: Observer,
    of: usize,
    begun: Cell<usize>,
}

impl Stages {
    pub(crate) const fn new(observer: Observer, views: usize) -> Self {
        Self {
            observer,
            of: views + 2,
            begun: Cell::new(0),
        }
    }

    /// Says that the next stage has begun.
    pub(crate) fn begin(&self, what: impl Into<String>) {
        self.begun.set(self.begun.get() + 1);
        self.observer.stage(self.begun.get(), self.of, what);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() {
            "Observer(..)"
        } else {
            "Observer(nobody)"
        })
    }
}
