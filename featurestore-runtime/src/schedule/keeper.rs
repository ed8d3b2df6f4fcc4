//! One view's part of a schedule.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use featurestore_schema::Cadence;
use futures_util::future::{Either, select};
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::event::{Moved, ScheduleEvent};
use super::lease::{Holder, Seen};
use super::times::{back_off, last, next};
use super::{Schedule, ScheduleError};
use crate::online::{OnlineError, Record, record_time};
use crate::time::{Timestamp, format_timestamp};
use crate::view::ViewDefinition;

/// The longest that the clock is trusted to go on as it does.
const LOOK: Duration = Duration::from_secs(30);

pub(super) struct Keeper<'a> {
    schedule: &'a Schedule,
    holder: &'a Holder,
    permits: &'a Semaphore,
    view: &'static ViewDefinition,
    cadence: Cadence,
    seen: Seen,
    failures: u32,
}

/// What came of looking whether the view is due.
enum Looked {
    NotDue,
    Elsewhere(Timestamp),
    Done,
}

impl<'a> Keeper<'a> {
    pub(super) fn new(
        schedule: &'a Schedule,
        holder: &'a Holder,
        permits: &'a Semaphore,
        view: &'static ViewDefinition,
        cadence: Cadence,
    ) -> Self {
        Self {
            schedule,
            holder,
            permits,
            view,
            cadence,
            seen: Seen::default(),
            failures: 0,
        }
    }

    /// Materializes the view whenever it is due. Ends only where the cadence has no further time.
    pub(super) async fn keep(mut self) {
        let view = self.view.name();
        let mut elsewhere = None;
        loop {
            match self.look().await {
                Ok(Looked::NotDue) => {
                    self.failures = 0;
                    let jitter = self.schedule.jitter;
                    let Some(at) = next(self.cadence, self.now(), jitter, fastrand::f64()) else {
                        return;
                    };
                    self.schedule.tell(&ScheduleEvent::Due { view, at });
                    self.sleep_until(at).await;
                }
                Ok(Looked::Elsewhere(due)) => {
                    if elsewhere.replace(due) != Some(due) {
                        self.schedule.tell(&ScheduleEvent::Elsewhere { view, due });
                    }
                    sleep(self.holder.pause()).await;
                }
                Ok(Looked::Done) => self.failures = 0,
                Err(error) => {
                    self.failures = self.failures.saturating_add(1);
                    let again = back_off(self.failures);
                    self.schedule.tell(&ScheduleEvent::Failed {
                        view,
                        error: Arc::new(error),
                        again: Some(again),
                    });
                    sleep(again).await;
                }
            }
        }
    }

    /// Materializes the view if it is due; gives why that failed.
    pub(super) async fn once(mut self) -> Option<Arc<ScheduleError>> {
        let view = self.view.name();
        let event = match self.look().await {
            Ok(Looked::NotDue | Looked::Done) => {
                let at = next(self.cadence, self.now(), Duration::ZERO, 0.0)?;
                ScheduleEvent::Due { view, at }
            }
            Ok(Looked::Elsewhere(due)) => ScheduleEvent::Elsewhere { view, due },
            Err(error) => {
                let error = Arc::new(error);
                self.schedule.tell(&ScheduleEvent::Failed {
                    view,
                    error: Arc::clone(&error),
                    again: None,
                });
                return Some(error);
            }
        };
        self.schedule.tell(&event);
        None
    }

    async fn look(&mut self) -> Result<Looked, ScheduleError> {
        if self.overdue().await?.is_none() {
            return Ok(Looked::NotDue);
        }
        // Nobody closes them, so there is one at last.
        let _permit = self.permits.acquire().await;
        // Another process may have been faster, before the lease and while it was taken.
        let Some((due, _)) = self.overdue().await? else {
            return Ok(Looked::NotDue);
        };
        let field = self.view.field();
        let taken = self.holder.take(field, &mut self.seen).await;
        let Some(taken) = taken? else {
            return Ok(Looked::Elsewhere(due));
        };
        let outcome = match self.overdue().await {
            Ok(Some((due, record))) => self.work(due, record, taken).await.map(|()| Looked::Done),
            Ok(None) => Ok(Looked::NotDue),
            Err(error) => Err(error.into()),
        };
        self.holder.release(field).await;
        outcome
    }

    /// Materializes the view while its lease holds, and puts that on record in the place of `record`.
    async fn work(
        &self,
        due: Timestamp,
        record: Option<String>,
        taken: tokio::time::Instant,
    ) -> Result<(), ScheduleError> {
        let view = self.view.name();
        self.schedule.tell(&ScheduleEvent::Started { view, due });
        let (begun, started) = (self.now(), Instant::now());
        let job = (self.schedule.job)(self.view);
        let lost = pin!(self.holder.keep(self.view.field(), taken));
        let Moved {
            written,
            older,
            rejected,
        } = match select(job, lost).await {
            Either::Left((done, _)) => done?,
            Either::Right((lost, _)) => return Err(lost),
        };
        let (records, new) = (self.schedule.store.records(), format_timestamp(begun));
        let field = self.view.field();
        let swap = records.swap(Record::Run, field, record.as_deref(), Some(&new));
        // Where another text is there by now, it is that of a process that took over.
        swap.await?;
        self.schedule.tell(&ScheduleEvent::Done {
            view,
            written,
            older,
            rejected,
            took: started.elapsed(),
        });
        Ok(())
    }

    /// The time at which the view was due last, if its rows are not as of that time or a later
    /// one, and what is on record.
    async fn overdue(&self) -> Result<Option<(Timestamp, Option<String>)>, OnlineError> {
        let (records, now) = (self.schedule.store.records(), self.now());
        let record = records.text(Record::Run, self.view.field()).await?;
        let watermark = records.time(Record::Watermark, self.view.field()).await?;
        // A text that is no time says nothing, and is replaced; and one may be of a later time than
        // now, as of a test.
        let run = record.as_deref().and_then(record_time);
        let done = run.into_iter().chain(watermark);
        let done = done.filter(|done| *done <= now).max();
        let due = last(self.cadence, now);
        let due = due.filter(|due| done.is_none_or(|done| done < *due));
        Ok(due.map(|due| (due, record)))
    }

    fn now(&self) -> Timestamp {
        self.schedule.store.clock().now()
    }

    async fn sleep_until(&self, at: Timestamp) {
        while let Ok(left) = (at - self.now()).to_std() {
            if left.is_zero() {
                return;
            }
            sleep(left.min(LOOK)).await;
        }
    }
}
