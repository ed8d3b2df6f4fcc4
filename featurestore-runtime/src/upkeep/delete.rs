//! Deleting what an online store holds.

use super::UpkeepError;
use crate::online::Record;
use crate::registry::unknown;
use crate::store::FeatureStore;
use crate::view::ViewDefinition;

pub(super) async fn view(store: &FeatureStore, field: &str) -> Result<u64, UpkeepError> {
    let (online, project, registry) = (store.online(), store.project(), store.registry());
    if !registry.views().any(|view| view.field() == field) {
        let layouts = online.layouts(project).await?;
        if !layouts.iter().any(|layout| layout.field == field) {
            let mut known: Vec<&str> = registry.views().map(ViewDefinition::field).collect();
            known.extend(layouts.iter().map(|layout| layout.field.as_str()));
            known.sort_unstable();
            known.dedup();
            return Err(unknown("view", field, known.iter().copied()).into());
        }
    }
    // Before the rows: what says that they are there would keep them away.
    for record in Record::OF_ROWS {
        store.records().forget(record, field).await?;
    }
    let deleted = online.delete_view(project, field).await;
    store.forget_pushes();
    Ok(deleted?)
}

pub(super) async fn project(store: &FeatureStore) -> Result<u64, UpkeepError> {
    let deleted = store.online().delete_project(store.project()).await;
    store.forget_pushes();
    Ok(deleted?)
}
