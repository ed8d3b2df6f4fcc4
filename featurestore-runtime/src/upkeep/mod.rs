//! The online store's upkeep: what is in it, how fresh it is, and deleting it. Knows the online
//! store's rows and records, of the offline store nothing.

mod delete;
mod error;
mod freshness;
mod stats;

pub use error::UpkeepError;
pub use freshness::Freshness;
pub use stats::{FieldStats, OnlineStats};

use crate::store::FeatureStore;
use crate::view::ViewDefinition;

impl FeatureStore {
    /// Counts what the online store holds of the project, by reading all of it in small steps. It
    /// keeps eight bytes per entity in memory, since a store may show one twice.
    ///
    /// # Errors
    ///
    /// An online store that does not answer, or holds something else at the project's addresses.
    pub async fn online_stats(&self) -> Result<OnlineStats, UpkeepError> {
        stats::of(self).await
    }

    /// Of which time a view's online rows are: three records are read, whatever the view holds.
    ///
    /// # Errors
    ///
    /// An online store that does not answer.
    pub async fn freshness(&self, view: &ViewDefinition) -> Result<Freshness, UpkeepError> {
        freshness::of(self, view).await
    }

    /// Deletes a view's rows from the online store, in small steps, and what says up to when they
    /// were materialized; gives the number of rows. `field` is the view's
    /// ([`ViewDefinition::field`]), which it may no longer have in the registry.
    ///
    /// # Errors
    ///
    /// A field that neither the registry nor the store knows, or an online store that does not
    /// answer.
    pub async fn online_delete_view(&self, field: &str) -> Result<u64, UpkeepError> {
        delete::view(self, field).await
    }

    /// Deletes all that the online store holds of the project, in small steps; gives the number of
    /// entities. No other project's rows are touched.
    ///
    /// # Errors
    ///
    /// An online store that does not answer.
    pub async fn online_delete_project(&self) -> Result<u64, UpkeepError> {
        delete::project(self).await
    }
}
