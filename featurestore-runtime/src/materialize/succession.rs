//! Builds that declare a view differently: the older one leaves the rows of the newer alone.

use super::MaterializeError;
use crate::online::Record;
use crate::store::FeatureStore;
use crate::view::ViewDefinition;

/// How many layouts of a view are known in their order.
const LAYOUTS: usize = 32;

/// Puts a view's declared layout on record as the newest, if no run had it before or it is to be the
/// newest again. Which is newer follows from the order in which runs first had them, as builds have no
/// other.
///
/// # Errors
///
/// A layout that another one came after.
pub(super) async fn succeed(
    store: &FeatureStore,
    view: &ViewDefinition,
    take_over: bool,
) -> Result<(), MaterializeError> {
    let (records, field) = (store.records(), view.field());
    let own = format!("{:07x}", view.layout().id());
    loop {
        let text = records.text(Record::Layouts, field).await?;
        let known: Vec<&str> = text.iter().flat_map(|text| text.split(' ')).collect();
        match known.last() {
            Some(newest) if **newest == own => return Ok(()),
            Some(newest) if !take_over && known.contains(&own.as_str()) => {
                return Err(MaterializeError::Superseded {
                    view: view.name(),
                    own,
                    newest: (*newest).to_owned(),
                });
            }
            _ => {}
        }
        let others = known.iter().filter(|id| **id != own);
        let mut ids: Vec<&str> = others.copied().chain([own.as_str()]).collect();
        ids.drain(..ids.len().saturating_sub(LAYOUTS));
        let new = ids.join(" ");
        let swap = records.swap(Record::Layouts, field, text.as_deref(), Some(&new));
        if swap.await? {
            return Ok(());
        }
    }
}
