//! Leases in the online store: of all processes with one store, one at a time works on a view.
//!
//! A lease is a record whose text changes with each renewal. No clock is compared between machines:
//! who wants a lease that another one has waits until its text has not changed for the lease's time,
//! by the monotonic clock of who waits.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use uuid::Uuid;

use super::ScheduleError;
use crate::online::{OnlineError, Record, lease_text};
use crate::store::FeatureStore;

/// A process among those that keep one schedule.
pub(super) struct Holder {
    store: FeatureStore,
    id: Uuid,
    lease: Duration,
    /// How many texts it has made; none is made twice.
    texts: AtomicU64,
    /// What it may have in the store, by the records' names: the text that was written last, and
    /// one that is being written.
    held: Mutex<BTreeMap<String, Vec<String>>>,
}

/// What is known of a lease that another process has.
#[derive(Debug, Default)]
pub(super) struct Seen(Option<(String, Instant)>);

impl Holder {
    pub(super) fn new(store: &FeatureStore, lease: Duration) -> Self {
        Self {
            store: store.clone(),
            id: Uuid::new_v4(),
            lease,
            texts: AtomicU64::new(0),
            held: Mutex::default(),
        }
    }

    /// How long who waits for a lease waits before it looks again.
    pub(super) fn pause(&self) -> Duration {
        self.lease / 4
    }

    /// Takes the lease of a view, if nobody has it or who had it stopped renewing it; gives when.
    pub(super) async fn take(
        &self,
        field: &str,
        seen: &mut Seen,
    ) -> Result<Option<Instant>, OnlineError> {
        let name = Record::Lease.name(field);
        let (online, project) = (self.store.online(), self.store.project());
        let found = online.record(project, &name).await?;
        let now = Instant::now();
        match (&found, &seen.0) {
            (None, _) => {}
            (Some(text), Some((known, since))) if text == known => {
                if now.duration_since(*since) < self.lease {
                    return Ok(None);
                }
            }
            (Some(text), _) => {
                seen.0 = Some((text.clone(), now));
                return Ok(None);
            }
        }
        let new = self.text();
        self.note(&name, new.clone());
        let swap = online.swap_record(project, &name, found.as_deref(), Some(&new));
        match swap.await {
            Ok(true) => {
                seen.0 = None;
                Ok(Some(now))
            }
            Ok(false) => {
                self.held().remove(&name);
                Ok(None)
            }
            // Another process writes to the file, so it may keep the schedule as well.
            Err(OnlineError::Busy { .. }) => {
                self.held().remove(&name);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Renews a lease that was taken at `taken`, until that fails; gives why it did. What the lease
    /// is for must have ended by the time another process may think that it ran out.
    pub(super) async fn keep(&self, field: &str, taken: Instant) -> ScheduleError {
        let name = Record::Lease.name(field);
        let (online, project) = (self.store.online(), self.store.project());
        let mut renewed = taken;
        loop {
            sleep_until(renewed + self.lease / 3).await;
            let end = renewed + self.lease * 2 / 3;
            let (old, new) = (self.latest(&name), self.text());
            self.note(&name, new.clone());
            let mut failed = None;
            loop {
                let asked = Instant::now();
                let swap = online.swap_record(project, &name, old.as_deref(), Some(&new));
                match timeout_at(end, swap).await {
                    Ok(Ok(true)) => {
                        renewed = asked;
                        break;
                    }
                    Ok(Ok(false)) => {
                        return ScheduleError::LeaseLost {
                            reason: "another process took it over".to_owned(),
                            source: None,
                        };
                    }
                    Ok(Err(error)) => failed = Some(error),
                    Err(_) => {}
                }
                if Instant::now() + self.lease / 20 >= end {
                    let late = || "the online store took too long to answer".to_owned();
                    return ScheduleError::LeaseLost {
                        reason: failed.as_ref().map_or_else(late, ToString::to_string),
                        source: failed,
                    };
                }
                sleep(self.lease / 20).await;
            }
            self.held().insert(name.clone(), vec![new]);
        }
    }

    /// Gives a lease back, if it is still this process'.
    pub(super) async fn release(&self, field: &str) {
        self.give_back(&Record::Lease.name(field)).await;
    }

    /// Gives all leases back.
    pub(super) async fn release_all(&self) {
        let names: Vec<String> = self.held().keys().cloned().collect();
        for name in names {
            self.give_back(&name).await;
        }
    }

    async fn give_back(&self, name: &str) {
        let texts = self.held().remove(name).unwrap_or_default();
        let (online, project) = (self.store.online(), self.store.project());
        for text in texts {
            let swap = online.swap_record(project, name, Some(&text), None);
            match swap.await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => tracing::warn!(name, %error, "the lease is left to run out"),
            }
        }
    }

    fn text(&self) -> String {
        let number = self.texts.fetch_add(1, Ordering::Relaxed);
        lease_text(self.id, number)
    }

    fn note(&self, name: &str, text: String) {
        self.held().entry(name.to_owned()).or_default().push(text);
    }

    fn latest(&self, name: &str) -> Option<String> {
        self.held().get(name)?.last().cloned()
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Vec<String>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
