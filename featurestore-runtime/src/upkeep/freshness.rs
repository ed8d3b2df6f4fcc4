//! Of which time a view's online rows are, by what was put on record about it; no row is read.

use futures_util::future::try_join4;

use super::UpkeepError;
use crate::online::{Outcome, Record};
use crate::store::FeatureStore;
use crate::time::Timestamp;
use crate::view::ViewDefinition;

/// Of which time a view's online rows are, as far as that is on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    watermark: Option<Timestamp>,
    run: Option<Timestamp>,
    pushed: Option<Timestamp>,
    due: Option<Timestamp>,
    outcome: Option<Outcome>,
    now: Timestamp,
}

/// Of which time a view's online rows are.
pub(super) async fn of(
    store: &FeatureStore,
    view: &ViewDefinition,
) -> Result<Freshness, UpkeepError> {
    let (now, records) = (store.clock().now(), store.records());
    let due = view
        .cadence()
        .and_then(|cadence| cadence.at_or_before(now.timestamp_micros()))
        .and_then(Timestamp::from_timestamp_micros);
    let field = view.field();
    let (watermark, run, pushed, outcome) = try_join4(
        records.time(Record::Watermark, field),
        records.time(Record::Run, field),
        records.time(Record::Push, field),
        records.outcome(field),
    )
    .await?;
    Ok(Freshness {
        watermark,
        run,
        pushed,
        due,
        outcome,
        now,
    })
}

impl Freshness {
    /// The time up to which the source's rows are in the online store.
    #[must_use]
    pub const fn watermark(&self) -> Option<Timestamp> {
        self.watermark
    }

    /// When the last run at the view's cadence began that went well.
    #[must_use]
    pub const fn run(&self) -> Option<Timestamp> {
        self.run
    }

    /// When rows were last pushed, to a minute.
    #[must_use]
    pub const fn pushed(&self) -> Option<Timestamp> {
        self.pushed
    }

    /// How many rows the last run took, and how many of them it rejected; nothing where there was
    /// none.
    #[must_use]
    pub fn last_run(&self) -> Option<(u64, u64)> {
        self.outcome.map(|outcome| (outcome.read, outcome.rejected))
    }

    /// The later of watermark and run; of a view that was never materialized, when rows were last
    /// pushed. A push is of some entities, so of a view that is materialized it says nothing.
    #[must_use]
    pub fn as_of(&self) -> Option<Timestamp> {
        self.watermark.max(self.run).or(self.pushed)
    }

    /// When the view was due last; nothing where it has no cadence.
    #[must_use]
    pub const fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// Whether the rows are older than when the view was due last.
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        // A record may be of a later time than now, as of a test; that says nothing of now.
        let materialized = self.watermark.is_some() || self.run.is_some();
        let pushed = self.pushed.filter(|_| !materialized);
        let known = [self.watermark, self.run, pushed].into_iter().flatten();
        let known = known.filter(|time| *time <= self.now).max();
        self.due
            .is_some_and(|due| known.is_none_or(|known| known < due))
    }
}
