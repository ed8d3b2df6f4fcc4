//! How fresh views are, for whoever scrapes: their watermarks, a record each, no row is read.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use futures_util::future::join_all;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry as Names, Unit};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::online::{OnlineError, Record};
use crate::store::FeatureStore;
use crate::view::ViewDefinition;

/// How long what was read is shown again, however often it is scraped.
const KEEP: Duration = Duration::from_secs(5);

/// How long the online store has to answer.
const BOUND: Duration = Duration::from_secs(1);

/// What is known of the views' watermarks.
#[derive(Debug)]
pub(super) struct Freshness {
    watermarks: Family<ViewLabels, Gauge<f64, AtomicU64>>,
    taken: Family<ViewLabels, Gauge>,
    rejected: Family<ViewLabels, Gauge>,
    up: Gauge,
    read: Mutex<Option<Instant>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ViewLabels {
    view: &'static str,
}

impl Freshness {
    pub(super) fn new(names: &mut Names) -> Self {
        let watermarks = Family::default();
        names.register_with_unit(
            "view_watermark_timestamp",
            "What a view is materialized up to, since 1970: its age is time() less this",
            Unit::Seconds,
            Family::clone(&watermarks),
        );
        let (taken, rejected) = (Family::default(), Family::default());
        names.register(
            "view_last_run_rows",
            "Rows that the last run of a view took from its source, rejected ones too",
            Family::clone(&taken),
        );
        names.register(
            "view_last_run_rejected_rows",
            "How many of them were rejected, by a check or for a null",
            Family::clone(&rejected),
        );
        let up = Gauge::default();
        names.register(
            "online_store_up",
            "Whether the online store gave the watermarks",
            up.clone(),
        );
        Self {
            watermarks,
            taken,
            rejected,
            up,
            read: Mutex::default(),
        }
    }

    /// Reads the watermarks anew, unless that was done just now. Where the store does not answer,
    /// those that are known stay.
    pub(super) async fn refresh(&self, store: &FeatureStore) {
        let mut read = self.read.lock().await;
        if read.is_some_and(|read| read.elapsed() < KEEP) {
            return;
        }
        let views = join_all(store.registry().views().map(|view| self.view(store, view)));
        let answered = match tokio::time::timeout(BOUND, views).await {
            Ok(views) => views.into_iter().all(|view| view.is_ok()),
            Err(_) => false,
        };
        self.up.set(answered.into());
        *read = Some(Instant::now());
    }

    async fn view(&self, store: &FeatureStore, view: &ViewDefinition) -> Result<(), OnlineError> {
        let records = store.records();
        let label = ViewLabels { view: view.name() };
        match records.time(Record::Watermark, view.field()).await? {
            Some(time) => {
                #[allow(clippy::cast_precision_loss)] // below 2^52 until the year 2112
                let seconds = time.timestamp_micros() as f64 / 1e6;
                self.watermarks.get_or_create(&label).set(seconds);
            }
            None => drop(self.watermarks.remove(&label)),
        }
        let outcome = records.outcome(view.field()).await?;
        let counts = outcome.map(|outcome| [outcome.read, outcome.rejected]);
        for (index, gauges) in [&self.taken, &self.rejected].into_iter().enumerate() {
            match counts {
                Some(counts) => {
                    let rows = i64::try_from(counts[index]).unwrap_or(i64::MAX);
                    gauges.get_or_create(&label).set(rows);
                }
                None => drop(gauges.remove(&label)),
            }
        }
        Ok(())
    }
}
