//! Builds that declare a view differently: the older one leaves the rows of the newer alone.

use super::FeatureStore;
use super::superseded::Superseded;
use crate::online::{OnlineError, Record};
use crate::view::ViewDefinition;

/// How many layouts of a view are known in their order.
const LAYOUTS: usize = 32;

impl FeatureStore {
    /// Puts a view's declared layout, of a window view the declaration that its states are of, on record as the newest, if no build wrote it before or it is to
    /// be the newest again. Which is newer follows from the order in which builds first had them, as
    /// they have no other. One that another came after is not to be written.
    pub(crate) async fn succeed(
        &self,
        view: &ViewDefinition,
        take_over: bool,
    ) -> Result<Result<(), Superseded>, OnlineError> {
        let (records, field) = (self.records(), view.field());
        let id = match view.resolved() {
            Some(Ok(windows)) => windows.plan.id(),
            _ => view.layout().id(),
        };
        let own = format!("{id:07x}");
        loop {
            let text = records.text(Record::Layouts, field).await?;
            let known: Vec<&str> = text.iter().flat_map(|text| text.split(' ')).collect();
            match known.last() {
                Some(newest) if **newest == own => return Ok(Ok(())),
                Some(newest) if !take_over && known.contains(&own.as_str()) => {
                    let newest = (*newest).to_owned();
                    return Ok(Err(Superseded { own, newest }));
                }
                _ => {}
            }
            let others = known.iter().filter(|id| **id != own);
            let mut ids: Vec<&str> = others.copied().chain([own.as_str()]).collect();
            ids.drain(..ids.len().saturating_sub(LAYOUTS));
            let new = ids.join(" ");
            let swap = records.swap(Record::Layouts, field, text.as_deref(), Some(&new));
            if swap.await? {
                return Ok(Ok(()));
            }
        }
    }
}
