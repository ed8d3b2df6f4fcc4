//! Writing online rows from Rust values: they satisfy what their view declares, their layouts are
//! kept first, and it is on record that there were some.

use super::{FeatureStore, PushError, StoreError};
use crate::codec::{Header, encode};
use crate::key::EntityKey;
use crate::online::{Merge, OnlineError, Record, RowWrite, StoredLayout, Written, write};
use crate::time::format_timestamp;
use crate::view::{ColumnDefinition, FeatureView, ViewDefinition};

impl FeatureStore {
    /// Writes rows to the online store, as a stream processor does with fresh ones. A row that is
    /// older than the stored one is left out; the answer says so, row by row.
    ///
    /// The rows satisfy what the view declares of its values, as those do that are materialized.
    /// The view's layout is kept in the online store first, and that rows were pushed is on record
    /// there, to a minute ([`freshness`](Self::freshness)); both are looked after once a minute,
    /// and cost the other pushes nothing.
    ///
    /// # Errors
    ///
    /// A value that the view does not allow, of which no row is written; an online store that does
    /// not answer.
    pub async fn push<V: FeatureView>(&self, rows: &[V]) -> Result<Vec<Written>, StoreError> {
        let view = V::definition();
        let rows = rows.iter().enumerate();
        let writes = rows
            .map(|(index, row)| self.row_write(view, index, row))
            .collect::<Result<Vec<_>, _>>()?;
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        if self.inner.pushed.is_noted(view) {
            return Ok(write(&**self.online(), &writes).await?);
        }
        self.keep_layout(view).await?;
        let written = write(&**self.online(), &writes).await?;
        match self.note_push(view).await {
            Ok(()) => self.inner.pushed.note(view),
            // The rows are there; the next push notes it.
            Err(error) => tracing::warn!(view = view.name(), %error, "a push is not on record"),
        }
        Ok(written)
    }

    /// Keeps a view's declared layout in the online store, which must know it before it gets rows.
    pub(crate) async fn keep_layout(
        &self,
        view: &'static ViewDefinition,
    ) -> Result<(), OnlineError> {
        let layout = view.layout();
        let stored = StoredLayout::new(view.field(), layout.id(), layout.to_string());
        self.online().keep_layout(self.project(), &stored).await
    }

    /// Takes nothing of what pushes leave to be there: it was deleted.
    pub(crate) fn forget_pushes(&self) {
        self.inner.pushed.clear();
    }

    /// Puts on record that rows of a view were pushed now.
    async fn note_push(&self, view: &ViewDefinition) -> Result<(), OnlineError> {
        let (records, field, now) = (self.records(), view.field(), self.clock().now());
        let old = records.text(Record::Push, field).await?;
        let new = format_timestamp(now);
        // Where another process was faster, its time will do.
        records
            .swap(Record::Push, field, old.as_deref(), Some(&new))
            .await
            .map(drop)
    }

    fn row_write<V: FeatureView>(
        &self,
        view: &'static ViewDefinition,
        index: usize,
        row: &V,
    ) -> Result<RowWrite, StoreError> {
        let key = row.key().map_err(|error| PushError::Key {
            view: view.name(),
            row: index,
            error,
        })?;
        let address = self.address(view, &key.to_parts())?;
        let header = Header::new(
            view.layout().id(),
            row.event_timestamp(),
            row.created_timestamp(),
        );
        let values = row.values();
        let bad = |column: &ColumnDefinition, violation| PushError::Value {
            view: view.name(),
            row: index,
            column: column.name(),
            violation,
        };
        for (column, value) in view.columns().iter().zip(&values) {
            let checked = column.check(*value);
            checked.map_err(|violation| bad(column, violation))?;
        }
        let mut bytes = Vec::new();
        encode(view.layout(), &header, &values, &mut bytes)
            .map_err(|(column, error)| bad(&view.columns()[column], error.into()))?;
        let field = view.field();
        Ok(RowWrite::new(address, field, bytes, Merge::NewerWins))
    }
}
