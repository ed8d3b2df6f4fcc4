//! Deleting what an online store holds.

use super::UpkeepError;
use crate::online::Record;
use crate::registry::unknown;
use crate::store::FeatureStore;
use crate::view::ViewDefinition;

impl FeatureStore {
    /// Deletes a view's rows from the online store, in small steps, and what says up to when they
    /// were materialized; gives the number of rows. `field` is the view's
    /// ([`ViewDefinition::field`]), which it may no longer
    /// have in the registry.
    ///
    /// # Errors
    ///
    /// A field that neither the registry nor the store knows, or an online store that does not
    /// answer.
    pub async fn online_delete_view(&self, field: &str) -> Result<u64, UpkeepError> {
        let (online, project) = (self.online(), self.project());
        if !self.registry().views().any(|view| view.field() == field) {
            let layouts = online.layouts(project).await?;
            if !layouts.iter().any(|layout| layout.field == field) {
                let views = self.registry().views();
                let mut known: Vec<&str> = views.map(ViewDefinition::field).collect();
                known.extend(layouts.iter().map(|layout| layout.field.as_str()));
                known.sort_unstable();
                known.dedup();
                return Err(unknown("view", field, known.iter().copied()).into());
            }
        }
        // Before the rows: what says that they are there would keep them away.
        for record in Record::OF_ROWS {
            self.records().forget(record, field).await?;
        }
        let deleted = online.delete_view(project, field).await;
        self.forget_pushes();
        Ok(deleted?)
    }

    /// Deletes all that the online store holds of the project, in small steps; gives the number of
    /// entities. No other project's rows are touched.
    ///
    /// # Errors
    ///
    /// An online store that does not answer.
    pub async fn online_delete_project(&self) -> Result<u64, UpkeepError> {
        let deleted = self.online().delete_project(self.project()).await;
        self.forget_pushes();
        Ok(deleted?)
    }
}
