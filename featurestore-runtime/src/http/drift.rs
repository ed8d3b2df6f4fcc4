//! Whether the views' sources still fit what was compiled, for whoever watches: footers are read
//! apart from requests, and never by a read of features.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry as Names;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::store::FeatureStore;
#[cfg(feature = "pages")]
use crate::view::ViewDefinition;

/// How long what was found is told again, however often it is asked for.
const KEEP: Duration = Duration::from_secs(60);

/// What is known of how sources differ from their views.
#[derive(Debug)]
pub(crate) struct SourceDrift {
    gauges: Family<ViewLabels, Gauge>,
    /// How many views have drifted.
    views: AtomicUsize,
    found: Mutex<Option<LastLook>>,
}

/// What was found, and when.
#[derive(Debug)]
struct LastLook {
    at: Instant,
    messages: HashMap<&'static str, Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ViewLabels {
    view: &'static str,
}

impl SourceDrift {
    pub(super) fn new(names: &mut Names) -> Self {
        let gauges = Family::default();
        names.register(
            "view_source_drift",
            "Columns of a view's local source that no longer fit its declaration: it can't be materialized",
            Family::clone(&gauges),
        );
        Self {
            gauges,
            views: AtomicUsize::new(0),
            found: Mutex::default(),
        }
    }

    /// How many views had drifted when that was last looked at.
    pub(super) fn views(&self) -> usize {
        self.views.load(Ordering::Relaxed)
    }

    /// Looks at the sources anew, unless that was done within the last minute.
    pub(super) async fn refresh(&self, store: &FeatureStore) {
        let mut found = self.found.lock().await;
        if found
            .as_ref()
            .is_some_and(|found| found.at.elapsed() < KEEP)
        {
            return;
        }
        let mut messages = HashMap::new();
        for view in store.registry().views() {
            let known = found.as_ref().map(|found| &found.messages[view.name()]);
            let drift = match store.drift(view).await {
                Ok(drift) => drift,
                Err(error) => {
                    tracing::warn!(view = view.name(), %error, "the source can't be looked at");
                    known.cloned().unwrap_or_default()
                }
            };
            if known != Some(&drift) {
                for message in &drift {
                    tracing::warn!(view = view.name(), "{message}");
                }
            }
            let columns = i64::try_from(drift.len()).unwrap_or(i64::MAX);
            let label = ViewLabels { view: view.name() };
            self.gauges.get_or_create(&label).set(columns);
            messages.insert(view.name(), drift);
        }
        let drifted = messages.values().filter(|drift| !drift.is_empty()).count();
        self.views.store(drifted, Ordering::Relaxed);
        let at = Instant::now();
        *found = Some(LastLook { at, messages });
    }

    /// How a view's source differs from its declaration: a sentence per column.
    #[cfg(feature = "pages")]
    pub(super) async fn of(&self, store: &FeatureStore, view: &ViewDefinition) -> Vec<String> {
        self.refresh(store).await;
        let found = self.found.lock().await;
        let messages = found
            .as_ref()
            .and_then(|found| found.messages.get(view.name()));
        messages.cloned().unwrap_or_default()
    }
}
