//! The way into the offline store: training sets, snapshots, explanations, drift.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::FeatureStore;
use crate::key::{EntityKey, KeyPart};
use crate::offline::Steps;
use crate::offline::{Explain, Historical, HistoricalJoin, OfflineError, Spine};
use crate::service::{FeatureService, ServiceDefinition};
use crate::time::Timestamp;
use crate::types::Value;
use crate::view::ViewDefinition;

impl FeatureStore {
    /// The training set of service `S`: its features, as they were at each row of the spine.
    ///
    /// ```no_run
    /// # mod declared { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/watched.rs")); }
    /// # use declared::{WatchActivity, WatchNext};
    /// # use featurestore::prelude::*;
    /// # async fn example(store: FeatureStore) -> Result<(), Error> {
    /// let spine = Spine::parquet("labels.parquet");
    /// store.historical::<WatchNext>(spine).to_parquet("train.parquet").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn historical<S: FeatureService>(&self, spine: Spine) -> Historical<S> {
        Historical::new(self.historical_by(S::definition(), spine))
    }

    /// Every known entity's features of service `S` as of `at`, without a spine: a training set of
    /// the entities that the views with all of the service's join keys had a row of by then, each
    /// once, ordered by key. Entities all of whose rows have expired are among them.
    ///
    /// ```no_run
    /// # mod declared { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/watched.rs")); }
    /// # use declared::{WatchActivity, WatchNext};
    /// # use featurestore::prelude::*;
    /// # async fn example(store: FeatureStore, at: Timestamp) -> Result<(), Error> {
    /// store.snapshot::<WatchNext>(at).to_parquet("watch_next_on_monday.parquet").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn snapshot<S: FeatureService>(&self, at: Timestamp) -> Historical<S> {
        self.historical(Spine::known(Steps::at(at)))
    }

    /// As [`snapshot`](Self::snapshot), at each time from the begin of `times` on, `every` so often,
    /// until before their end: what snapshots of all these times give, one after the other. An entity
    /// is there from the first time on by which it was known.
    ///
    /// A step is of whole microseconds, and the times are not empty: else running it is an error.
    ///
    /// ```no_run
    /// # mod declared { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/watched.rs")); }
    /// # use declared::{WatchActivity, WatchNext};
    /// # use featurestore::prelude::*;
    /// # async fn example(store: FeatureStore, monday: Timestamp, sunday: Timestamp) -> Result<(), Error> {
    /// let daily = std::time::Duration::from_hours(24);
    /// store.historical_over::<WatchNext>(daily, monday..sunday).to_parquet("week.parquet").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn historical_over<S: FeatureService>(
        &self,
        every: Duration,
        times: Range<Timestamp>,
    ) -> Historical<S> {
        self.historical(Spine::known(Steps::over(every, &times)))
    }

    /// As [`historical_over`](Self::historical_over), for a service that the registry found by its name.
    pub fn historical_over_by(
        &self,
        service: &'static ServiceDefinition,
        every: Duration,
        times: Range<Timestamp>,
    ) -> HistoricalJoin {
        self.historical_by(service, Spine::known(Steps::over(every, &times)))
    }

    /// As [`snapshot`](Self::snapshot), for a service that the registry found by its name.
    pub fn snapshot_by(
        &self,
        service: &'static ServiceDefinition,
        at: Timestamp,
    ) -> HistoricalJoin {
        self.historical_by(service, Spine::known(Steps::at(at)))
    }

    /// As [`historical`](Self::historical), for a service that the registry found by its name.
    pub fn historical_by(
        &self,
        service: &'static ServiceDefinition,
        spine: Spine,
    ) -> HistoricalJoin {
        let (engine, paths) = (Arc::clone(self.offline()), self.paths().clone());
        HistoricalJoin::new(engine, paths, service, spine)
    }

    /// Explains the training row of service `S` for `key` at `at`: which row of its source each
    /// value came from, its times, and why other rows of the key were not taken.
    ///
    /// The rules are those of [`Historical`]. Only rows of this key are read.
    /// `at` counts to the nanosecond.
    ///
    /// ```no_run
    /// # mod declared { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/watched.rs")); }
    /// # use declared::{WatchActivity, WatchNext};
    /// # use featurestore::prelude::*;
    /// # async fn example(store: FeatureStore, user: String, at: Timestamp) -> Result<(), Error> {
    /// use featurestore::offline::SourceRow;
    ///
    /// let why = store.explain::<WatchNext>(&user, at).await?;
    /// for view in why.views() {
    ///     println!("{}: {:?}", view.view(), view.winner().map(SourceRow::event_timestamp));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn explain<S: FeatureService>(&self, key: &S::Key, at: Timestamp) -> Explain {
        let parts = key.to_parts();
        let dtypes = S::Key::PARTS.iter().map(KeyPart::dtype);
        let key = parts.iter().copied().zip(dtypes);
        let key = key.map(|(value, dtype)| value.to_owned(dtype)).collect();
        self.explain_by(S::definition(), key, at)
    }

    /// As [`explain`](Self::explain), for a service that the registry found by its name. The key
    /// has a value per join key, in the order of [`ServiceDefinition::join_keys`].
    pub fn explain_by(
        &self,
        service: &'static ServiceDefinition,
        key: Vec<Value>,
        at: Timestamp,
    ) -> Explain {
        Explain::new(Arc::clone(self.offline()), service, key, at)
    }

    /// How the local Parquet files of a view's source no longer fit its declaration: a sentence per
    /// column, and none where they fit or there are none. Reads of features don't look at this;
    /// training and materialization refuse the view.
    ///
    /// # Errors
    ///
    /// Work that was stopped with the tokio runtime.
    pub async fn drift(&self, view: &'static ViewDefinition) -> Result<Vec<String>, OfflineError> {
        let paths = self.paths().clone();
        let looked = move || crate::offline::drift(view, &paths);
        let looked = tokio::task::spawn_blocking(looked).await;
        looked.map_err(|error| OfflineError::stopped(error.to_string()))
    }
}
