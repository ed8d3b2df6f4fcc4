//! The schedule: every view is materialized at its cadence, by one of any number of processes. Knows
//! the online store's records and materialization, of either nothing else.

mod error;
mod event;
mod keeper;
mod lease;
mod run;
mod settings;
#[cfg(all(test, feature = "embedded"))]
mod tests;
mod times;

pub use error::ScheduleError;
pub use event::ScheduleEvent;
pub use run::OnceReport;
pub use settings::Schedule;

use crate::store::FeatureStore;

impl FeatureStore {
    /// Starts to set up a schedule: every view that has a cadence is materialized when it is due.
    ///
    /// ```no_run
    /// # mod declared { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/watched.rs")); }
    /// # use declared::{WatchActivity, WatchNext};
    /// # use featurestore::prelude::*;
    /// # async fn example(store: FeatureStore) -> Result<(), Error> {
    /// let stop = std::future::pending(); // or what tells that the program is to end
    /// store.schedule().on_event(|event| println!("{event}")).run_until(stop).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn schedule(&self) -> Schedule {
        Schedule::new(self)
    }
}
