//! Which window views were loaded, so that an entity without a state is one without events.
//!
//! An entity that has no state, and then a record that says that its view was loaded, say nothing
//! together: between the two, all may have been lost and loaded anew. So the record is to be the one that
//! was read before the entity.

use std::sync::Arc;

use super::known_loads::PlanLoads;
use super::plan::EntityPlan;
use super::{FeatureStore, StoreError};
use crate::online::Record;

impl FeatureStore {
    /// What is known of the loads of a plan's views before they are read.
    pub(super) fn known_loads(&self, plan: &EntityPlan) -> PlanLoads {
        let known = self.inner.loads.lock();
        let views = plan.views.iter();
        views.map(|view| known.get(view.field()).cloned()).collect()
    }

    /// Reads the records of those views of a plan that `wanted` says; the others' are those that are
    /// `known`.
    pub(super) async fn look_for_loads(
        &self,
        plan: &EntityPlan,
        wanted: Vec<bool>,
        known: &PlanLoads,
    ) -> Result<PlanLoads, StoreError> {
        let mut loads = known.clone();
        for ((view, wanted), load) in plan.views.iter().zip(wanted).zip(&mut loads) {
            if wanted {
                let text = self.records().text(Record::Window, view.field()).await?;
                *load = text.map(Arc::from);
                self.inner.loads.note(view, load.clone());
            }
        }
        Ok(loads)
    }
}
