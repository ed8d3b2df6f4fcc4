//! A store whose clock a test turns, and what it reads of windows.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use featurestore::materialize::MaterializeReport;
use featurestore::offline::OfflineSettings;
use featurestore::online::OnlineStore;
use featurestore::service::ServiceDefinition;
use featurestore::view::{EventSourceDefinition, ViewDefinition};
use featurestore::{Clock, FeatureStore, Status, StoreError, Timestamp, Value};
use proptest::prelude::*;

use super::declared::{BEGIN, windows};
use super::events::Event;
use super::loops::{counting, expected, float, in_window};
use crate::support::{Fixture, wait};

/// A store over a fixture's files, whose clock a test turns.
pub(crate) struct Turned {
    pub(crate) store: FeatureStore,
    pub(crate) now: Arc<AtomicI64>,
}

impl Turned {
    pub(crate) fn new(fixture: &Fixture, online: Arc<dyn OnlineStore>) -> Self {
        Self::with(fixture, online, None)
    }

    /// One that judges events by its clock, which others may be ahead of by so much.
    pub(crate) fn with_skew(
        fixture: &Fixture,
        online: Arc<dyn OnlineStore>,
        skew: Duration,
    ) -> Self {
        Self::with(fixture, online, Some(skew))
    }

    fn with(fixture: &Fixture, online: Arc<dyn OnlineStore>, skew: Option<Duration>) -> Self {
        let now = Arc::new(AtomicI64::new(BEGIN));
        let told = Arc::clone(&now);
        let clock = Clock::from_fn(move || {
            Timestamp::from_timestamp_micros(told.load(Ordering::SeqCst)).unwrap()
        });
        let mut store = FeatureStore::builder("test")
            .registry(featurestore::registry![])
            .online_store(online)
            .data_root(fixture.path(""))
            .clock(clock)
            .offline(OfflineSettings::new());
        if let Some(skew) = skew {
            store = store.clock_skew(skew);
        }
        Self {
            store: wait(store.open()).unwrap(),
            now,
        }
    }

    pub(crate) fn turn(&self, now: i64) {
        self.now.store(now, Ordering::SeqCst);
    }

    pub(crate) fn full(&self, views: &[&'static ViewDefinition]) -> MaterializeReport {
        let run = self.store.materialize().views(views.iter().copied());
        wait(run.run()).unwrap()
    }

    pub(crate) fn incremental(&self, views: &[&'static ViewDefinition]) -> MaterializeReport {
        let run = self.store.materialize().views(views.iter().copied());
        wait(run.incremental().run()).unwrap()
    }

    /// A user's features, each by its name, as text.
    pub(crate) fn read(
        &self,
        service: &'static ServiceDefinition,
        user: u8,
    ) -> Result<Vec<(&'static str, String)>, StoreError> {
        let now = self.now.load(Ordering::SeqCst);
        self.read_at(service, user, now)
    }

    /// The same, which is to be of a time.
    pub(crate) fn read_at(
        &self,
        service: &'static ServiceDefinition,
        user: u8,
        time: i64,
    ) -> Result<Vec<(&'static str, String)>, StoreError> {
        let time = Timestamp::from_timestamp_micros(time);
        let plan = self.store.plan_service(service);
        let entities = [vec![Value::Str(user.to_string())]];
        let values = wait(self.store.read_plan(&plan, &entities))?.remove(0)?;
        let texts = plan.names().zip(values).map(|(name, value)| {
            assert!(matches!(value.status, Status::Found | Status::Null));
            assert_eq!(value.event_timestamp, time);
            (
                name,
                value.value.as_ref().map_or_else(|| "-".to_owned(), text),
            )
        });
        Ok(texts.collect())
    }

    pub(crate) fn verify(&self, views: &[&'static ViewDefinition]) {
        let report = wait(
            self.store
                .online_verify()
                .views(views.iter().copied())
                .run(),
        );
        let report = report.unwrap();
        assert!(
            report.is_ok(),
            "{:?}",
            report.differences().collect::<Vec<_>>()
        );
    }
}

/// As the tables of training sets have it.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::F64(value) => float(*value),
        Value::List(values) => {
            let values = values
                .iter()
                .flatten()
                .map(|value| value.text().into_owned());
            format!("[{}]", values.collect::<Vec<_>>().join(",T"))
        }
        other => other.text().into_owned(),
    }
}

/// Compares what is read of a user now with plain loops over the events that were known at `known`.
pub(crate) fn compare(
    turned: &Turned,
    service: &'static ServiceDefinition,
    (events, source): (&[Event], &EventSourceDefinition),
    user: u8,
    known: i64,
) -> Result<(), TestCaseError> {
    let now = turned.now.load(Ordering::SeqCst);
    let found = turned.read(service, user).unwrap();
    prop_assert_eq!(found.len(), 33);
    for (name, found) in found {
        let window = windows()
            .into_iter()
            .find(|(suffix, _)| name.ends_with(&format!("_{suffix}")));
        let mut held = counting(events, source, user, known);
        held.retain(|event| in_window(event, &window.unwrap().1, now));
        prop_assert_eq!(
            found,
            expected(name, &held),
            "{} of {} at {}",
            name,
            user,
            now - BEGIN
        );
    }
    Ok(())
}
