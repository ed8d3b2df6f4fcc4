//! From an online row's bytes to a lookup: its layout, and whether it has expired.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use featurestore_schema::{Dtype, Layout};

use super::FeatureStore;
use crate::codec::{Header, RowError, RowReader, transcode};
use crate::error::Error;
use crate::lookup::Lookup;
use crate::online::{Address, OnlineError, StoredLayout};
use crate::time::Timestamp;
use crate::types::Value;
use crate::view::{Default as ColumnDefault, ViewDefinition};

/// How long a layout that nobody kept is not asked for again. Each layout is kept before the first
/// row that has it, so what asks for it is a damaged row.
const UNKNOWN: Duration = Duration::from_secs(1);

/// The layouts of other builds' rows, as the online store keeps them; read when first met.
#[derive(Debug, Default)]
pub(super) struct Layouts(RwLock<HashMap<(String, u32), Known>>);

/// What is known of a layout.
#[derive(Debug, Clone)]
enum Known {
    Kept(Arc<Layout>),
    /// It is kept, and not one that this build can read.
    Unreadable(String),
    /// It was not kept then.
    Missing(Instant),
}

impl Known {
    fn read(layout: &StoredLayout) -> Self {
        match Layout::parse(&layout.text) {
            Ok(parsed) if parsed.id() == layout.id => Self::Kept(Arc::new(parsed)),
            Ok(_) => Self::Unreadable("its text has another schema id".to_owned()),
            // A dtype that only a newer build knows makes just the rows that have it unreadable.
            Err(error) => Self::Unreadable(error.to_string()),
        }
    }

    /// The layout; nothing where it should be asked for.
    fn layout(self, schema_id: u32) -> Option<Result<Arc<Layout>, RowError>> {
        match self {
            Self::Kept(layout) => Some(Ok(layout)),
            Self::Unreadable(reason) => Some(Err(RowError::UnreadableLayout { schema_id, reason })),
            Self::Missing(asked) if asked.elapsed() < UNKNOWN => {
                Some(Err(RowError::UnknownLayout { schema_id }))
            }
            Self::Missing(_) => None,
        }
    }
}

/// A row that is within its TTL, its bytes in the view's declared layout.
pub(crate) type LiveRow<'a> = Lookup<Cow<'a, [u8]>>;

impl FeatureStore {
    /// Whether a row is there and within its TTL at `now`; its bytes in the declared layout.
    pub(crate) async fn live_row<'a>(
        &self,
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
            return Ok(Lookup::Found(Cow::Borrowed(&row[..])));
        }
        let stored = self.stored_layout(view, header.schema_id).await?;
        let default = |column: usize| {
            let column = view.columns().get(column)?;
            default_value(column.default()?, column.dtype())
        };
        let row = transcode(row, &stored, view.layout(), default).map_err(RowFailure::Row)?;
        Ok(Lookup::Found(Cow::Owned(row)))
    }

    /// The layout that an older or newer build registered under `schema_id`.
    async fn stored_layout(
        &self,
        view: &'static ViewDefinition,
        schema_id: u32,
    ) -> Result<Arc<Layout>, RowFailure> {
        let key = (view.field().to_owned(), schema_id);
        let cache = &self.inner.layouts.0;
        let known = cache
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some(layout) = known.and_then(|known| known.layout(schema_id)) {
            return layout.map_err(RowFailure::Row);
        }
        let stored = self
            .online()
            .layouts(self.project())
            .await
            .map_err(RowFailure::Online)?;
        let mut cache = cache.write().unwrap_or_else(PoisonError::into_inner);
        // Ids that nobody kept are as many as damage makes them.
        cache.retain(|_, known| match known {
            Known::Missing(asked) => asked.elapsed() < UNKNOWN,
            _ => true,
        });
        for layout in stored {
            let known = Known::read(&layout);
            cache.insert((layout.field, layout.id), known);
        }
        let known = cache
            .entry(key)
            .or_insert_with(|| Known::Missing(Instant::now()));
        let layout = known.clone().layout(schema_id);
        layout
            .unwrap_or(Err(RowError::UnknownLayout { schema_id }))
            .map_err(RowFailure::Row)
    }
}

/// An error of a row before it is known where the row is.
#[derive(Debug)]
pub(crate) enum RowFailure {
    Row(RowError),
    Online(OnlineError),
}

impl RowFailure {
    pub(crate) fn at(self, view: &ViewDefinition, address: &Address) -> Error {
        match self {
            Self::Row(error) => row_error(error, view, address),
            Self::Online(error) => error.into(),
        }
    }
}

pub(super) fn row_error(error: RowError, view: &ViewDefinition, address: &Address) -> Error {
    Error::row(error, view.name(), address)
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
    row: &'a [u8],
) -> Result<RowReader<'a>, RowError> {
    RowReader::new(row, view.layout())
}

/// A declared default as a value of the column's dtype.
pub(crate) fn default_value(default: ColumnDefault, dtype: Dtype) -> Option<Value> {
    match default {
        ColumnDefault::Bool(value) => Some(Value::Bool(value)),
        ColumnDefault::Text(text) => Value::parse(text, dtype).ok(),
        ColumnDefault::Number(number) => Value::parse(&number.to_string(), dtype).ok(),
    }
}
