//! What a view is materialized up to, and when that moves.

use super::MaterializeError;
use super::fingerprint::fingerprint;
use super::window::Window;
use crate::online::{Record, Watermark};
use crate::store::FeatureStore;
use crate::time::Timestamp;
use crate::view::ViewDefinition;

/// Moves a view's watermark to the end of what was written, unless that leaves a gap or moves it
/// back. Gives the watermark that is there then.
pub(super) async fn advance(
    store: &FeatureStore,
    view: &ViewDefinition,
    window: &Window,
) -> Result<Option<Timestamp>, MaterializeError> {
    let own = Watermark {
        time: window.until,
        fingerprint: fingerprint(view),
    };
    let (records, new) = (store.records(), own.text());
    loop {
        let old = records.watermark(view.field()).await?;
        let known = old.as_ref().map(|(_, watermark)| *watermark);
        let reaches = match (window.from, known) {
            (None, _) => true,
            (Some(_), None) => false,
            // Rows that had not settled at the watermark are not there yet.
            (Some(from), Some(known)) => {
                known.fingerprint == own.fingerprint && from <= known.before(view.settling_micros())
            }
        };
        let ahead = known.is_some_and(|known| known == own || known.time > own.time);
        if !reaches || ahead {
            return Ok(known.map(|known| known.time));
        }
        let old = old.as_ref().map(|(text, _)| text.as_str());
        let swapped = records.swap(Record::Watermark, view.field(), old, Some(&new));
        if swapped.await? {
            return Ok(Some(own.time));
        }
    }
}
