//! That a window view was loaded: the last thing that a run says.

use super::MaterializeError;
use super::fingerprint::fingerprint;
use crate::online::{Load, Record};
use crate::store::FeatureStore;
use crate::view::ViewDefinition;

/// Puts on record that an entity without a state has no events, where that is so: where the view's
/// watermark is of its declaration. The mark is that of the rows, which is another one where all was lost.
pub(super) async fn note(
    store: &FeatureStore,
    view: &'static ViewDefinition,
) -> Result<(), MaterializeError> {
    let Some(Ok(windows)) = view.resolved() else {
        return Ok(());
    };
    let (records, field) = (store.records(), view.field());
    let watermark = records.watermark(field).await?;
    let own = watermark.filter(|(_, watermark)| watermark.fingerprint == fingerprint(view));
    let Some((_, watermark)) = own else {
        return Ok(());
    };
    let Some(mark) = records.text(Record::Mark, field).await? else {
        return Ok(());
    };
    let state_id = windows.plan.id();
    let until = watermark.time;
    let new = Load {
        state_id,
        until,
        mark,
    }
    .text();
    if records.text(Record::Window, field).await?.as_ref() != Some(&new) {
        records.put(Record::Window, field, &new).await?;
    }
    Ok(())
}
