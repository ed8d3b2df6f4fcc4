//! Materialization: the latest row per entity, and of window views the state of each, moves from the
//! offline to the online store. The only part that knows both.

mod batch;
mod counts;
mod error;
mod fingerprint;
mod group;
mod kept;
mod loaded;
mod quarantine;
mod rejection;
mod report;
mod request;
mod rows;
mod run;
mod send;
mod sending;
mod shares;
mod states;
mod verify;
mod watermark;
mod window;

pub use error::MaterializeError;
pub use rejection::Rejection;
pub use report::{FullBecause, MaterializeReport, ViewReport};
pub use request::Materialize;
pub use verify::{Difference, OnlineVerify, VerifyReport, ViewVerified};

use crate::store::FeatureStore;

impl FeatureStore {
    /// Starts to set up a materialization: the latest row per entity of every view, as of now,
    /// from the views' sources to the online store.
    ///
    /// ```no_run
    /// # mod declared { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/watched.rs")); }
    /// # use declared::{WatchActivity, WatchNext};
    /// # use featurestore::prelude::*;
    /// # async fn example(store: FeatureStore) -> Result<(), Error> {
    /// let report = store.materialize().view::<WatchActivity>().run().await?;
    /// assert!(report.is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub fn materialize(&self) -> Materialize {
        Materialize::new(self.clone())
    }

    /// Starts to set up a comparison of the online store's rows with what materialization would
    /// write as of each view's watermark.
    ///
    /// ```no_run
    /// # mod declared { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/watched.rs")); }
    /// # use declared::{WatchActivity, WatchNext};
    /// # use featurestore::prelude::*;
    /// # async fn example(store: FeatureStore) -> Result<(), Error> {
    /// let report = store.online_verify().sample(1_000).run().await?;
    /// assert!(report.is_ok(), "{:?}", report.differences().next());
    /// # Ok(())
    /// # }
    /// ```
    pub fn online_verify(&self) -> OnlineVerify {
        OnlineVerify::new(self.clone())
    }
}
