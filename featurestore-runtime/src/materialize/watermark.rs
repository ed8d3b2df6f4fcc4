//! What a view is materialized up to, and when that moves.

use super::MaterializeError;
use super::fingerprint::fingerprint;
use super::kept::Kept;
use super::window::Window;
use crate::online::{Record, Watermark, before};
use crate::store::FeatureStore;
use crate::time::Timestamp;
use crate::view::ViewDefinition;

/// Moves a view's watermark to the end of what was written, unless that leaves a gap or moves it
/// back, which only the one goes that the run replaces. Gives the watermark that is there then. Where what was written is not there any more, the
/// watermark goes, so that the next run takes all.
pub(super) async fn advance(
    store: &FeatureStore,
    view: &'static ViewDefinition,
    window: &Window,
    kept: &Kept,
) -> Result<Option<Timestamp>, MaterializeError> {
    let moved = swap(store, view, window, kept).await;
    // It may have been lost between the look and the swap.
    let there = match moved {
        Ok(watermark) => kept.check(store, view).await.map(|()| watermark),
        Err(error) => Err(error),
    };
    if matches!(there, Err(MaterializeError::Lost { .. })) {
        store
            .records()
            .forget(Record::Watermark, view.field())
            .await?;
    }
    there
}

async fn swap(
    store: &FeatureStore,
    view: &'static ViewDefinition,
    window: &Window,
    kept: &Kept,
) -> Result<Option<Timestamp>, MaterializeError> {
    let fingerprint = fingerprint(view);
    let records = store.records();
    loop {
        let old = records.watermark(view.field()).await?;
        kept.check(store, view).await?;
        let known = old.as_ref().map(|(_, watermark)| *watermark);
        let reaches = match (window.from, known) {
            (None, _) => true,
            (Some(_), None) => false,
            // Rows that had not settled at the watermark are not there yet.
            (Some(from), Some(known)) => {
                known.fingerprint == fingerprint
                    && from <= before(known.time, view.settling_micros())
            }
        };
        let own = Watermark {
            time: window.until,
            fingerprint,
            late: match known {
                Some(known) if !window.takes_late => known.late,
                _ => window.until,
            },
        };
        let is_later = |known: Watermark| known.time > own.time && Some(known) != window.replaces;
        let stays = known.is_some_and(|known| known == own || is_later(known));
        if !reaches || stays {
            return Ok(known.map(|known| known.time));
        }
        let old = old.as_ref().map(|(text, _)| text.as_str());
        let new = own.text();
        let swapped = records.swap(Record::Watermark, view.field(), old, Some(&new));
        if swapped.await? {
            return Ok(Some(own.time));
        }
    }
}
