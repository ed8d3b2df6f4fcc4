//! From an online row's bytes to a lookup: whether it is within its TTL, and its declared columns.

use std::sync::Arc;

use bytes::Bytes;

use super::layouts::KeptLayout;
use super::{FeatureStore, StoreError};
use crate::codec::{Header, Made, RowError, RowReader, Transcoded};
use crate::lookup::Lookup;
use crate::online::{Address, OnlineError};
use crate::time::Timestamp;
use crate::view::ViewDefinition;

/// A row that is within its TTL.
pub(crate) type LiveRow<'a> = Lookup<DeclaredRow<'a>>;

/// A row in its view's declared columns.
#[derive(Debug)]
pub(crate) enum DeclaredRow<'a> {
    /// As it is stored, in the declared layout.
    Stored(&'a [u8]),
    /// Made of the row of an older or a newer build.
    Transcoded(Box<Transcoded>),
    /// Made of the state of a window view.
    Made(Box<Made>),
}

/// Whether a row is there and within its TTL at `now`, in the declared columns.
pub(crate) async fn live_row<'a>(
    store: &FeatureStore,
    view: &'static ViewDefinition,
    row: Option<&'a Bytes>,
    now: Timestamp,
) -> Result<LiveRow<'a>, RowFailure> {
    let Some(row) = row else {
        return Ok(Lookup::Missing);
    };
    let header = Header::read(&mut &row[..]).map_err(RowFailure::Row)?;
    if expired(view, &header, now) {
        return Ok(Lookup::Expired {
            event_timestamp: header.event_timestamp,
        });
    }
    if header.schema_id == view.layout().id() {
        return Ok(Lookup::Found(DeclaredRow::Stored(&row[..])));
    }
    let stored = stored_layout(store, view, header.schema_id).await?;
    let row = stored.transcode(row, view).map_err(RowFailure::Row)?;
    Ok(Lookup::Found(DeclaredRow::Transcoded(Box::new(row))))
}

/// The layout that an older or newer build registered under `schema_id`.
async fn stored_layout(
    store: &FeatureStore,
    view: &'static ViewDefinition,
    schema_id: u32,
) -> Result<Arc<KeptLayout>, RowFailure> {
    let layouts = &store.inner.layouts;
    if let Some(layout) = layouts.known(view, schema_id) {
        return layout.map_err(RowFailure::Row);
    }
    let stored = store.online().layouts(store.project()).await;
    let stored = stored.map_err(RowFailure::Online)?;
    layouts
        .learn(stored, view, schema_id)
        .map_err(RowFailure::Row)
}

/// An error of a row before it is known where the row is.
#[derive(Debug)]
pub(crate) enum RowFailure {
    Row(RowError),
    Online(OnlineError),
}

impl RowFailure {
    pub(crate) fn at(self, view: &ViewDefinition, address: &Address) -> StoreError {
        match self {
            Self::Row(error) => StoreError::row(error, view, address),
            Self::Online(error) => error.into(),
        }
    }
}

fn expired(view: &ViewDefinition, header: &Header, now: Timestamp) -> bool {
    view.ttl_micros().is_some_and(|ttl| {
        let oldest = now.timestamp_micros().saturating_sub(ttl);
        header.event_timestamp.timestamp_micros() < oldest
    })
}

/// Starts to read a live row.
pub(crate) fn reader<'a>(
    view: &'static ViewDefinition,
    row: &'a DeclaredRow<'_>,
) -> Result<RowReader<'a>, RowError> {
    match row {
        DeclaredRow::Stored(row) => RowReader::new(row, view.layout()),
        DeclaredRow::Transcoded(row) => row.reader(view.layout()),
        DeclaredRow::Made(row) => row.reader(view.layout()),
    }
}
