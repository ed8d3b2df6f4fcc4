//! Writing online rows from Rust values: they satisfy what their view declares, their layouts are
//! kept first, and it is on record that there were some.

use super::read_path::address;
use super::{FeatureStore, PushError, RefusedRow, StoreError};
use crate::codec::{Header, RowError, encode};
use crate::key::EntityKey;
use crate::online::{Merge, OnlineError, Record, RowWrite, StoredLayout, Written, write};
use crate::pit::Condition;
use crate::time::{Horizon, format_timestamp};
use crate::view::{LatestView, ViewDefinition, Violation};

impl FeatureStore {
    /// Writes rows to the online store, as a stream processor does with fresh ones. A row that is
    /// older than the stored one is left out; the answer says so, row by row.
    ///
    /// The rows satisfy what those do that are materialized: what the view declares of its values, a
    /// join key that is not empty, an event time that is not of the future
    /// ([`clock_skew`](super::StoreBuilder::clock_skew)).
    /// The view's layout is kept in the online store first, and that rows were pushed is on record
    /// there, to a minute ([`freshness`](Self::freshness)). That and whether a newer build writes the
    /// view's rows are looked after once a minute, and cost the other pushes nothing.
    ///
    /// # Errors
    ///
    /// Rows that may not be there, each of which [`PushError::rows`] names with its column: none is
    /// written then. A layout that a newer build's came after, whose rows stay. An online store that does
    /// not answer.
    pub async fn push<V: LatestView>(&self, rows: &[V]) -> Result<Vec<Written>, StoreError> {
        let view = V::definition();
        let horizon = self.horizon();
        let (mut writes, mut refused) = (Vec::with_capacity(rows.len()), Vec::new());
        for row in rows.iter().enumerate() {
            match self.row_write(view, row, horizon)? {
                Ok(write) => writes.push(write),
                Err(row) => refused.push(row),
            }
        }
        if !refused.is_empty() {
            return Err(PushError::new(view.name(), rows.len(), refused).into());
        }
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        if self.inner.pushed.is_noted(view) {
            return Ok(write(&**self.online(), &writes).await?);
        }
        let succeeded = self.succeed(view, false).await?;
        succeeded.map_err(|superseded| StoreError::superseded(view, superseded))?;
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

    fn row_write<V: LatestView>(
        &self,
        view: &'static ViewDefinition,
        (index, row): (usize, &V),
        horizon: Horizon,
    ) -> Result<Result<RowWrite, RefusedRow>, StoreError> {
        let refused = |column, violation| Ok(Err(RefusedRow::new(index, column, violation)));
        let key = match row.key() {
            Ok(key) => key,
            Err(error) => return key_error(view, index, error).map(Err),
        };
        let parts = key.to_parts();
        for (key, part) in view.join_keys().iter().zip(&parts) {
            if let Err(rejected) = Condition::of_key(key).check(Ok(Some(*part))) {
                return refused(key.name(), rejected.violation);
            }
        }
        let address = address(self, view, &parts)?;
        let header = Header::new(
            view.layout().id(),
            row.event_timestamp(),
            row.created_timestamp(),
        );
        if let Err(violation) = Violation::check_time(header.event_timestamp, horizon) {
            return refused(view.timestamp_column(), violation);
        }
        let values = row.values();
        for (column, value) in view.columns().iter().zip(&values) {
            if let Err(violation) = column.check(*value) {
                return refused(column.name(), violation);
            }
        }
        let mut bytes = Vec::new();
        if let Err((column, error)) = encode(view.layout(), &header, &values, &mut bytes) {
            return refused(view.columns()[column].name(), error.into());
        }
        let field = view.field();
        Ok(Ok(RowWrite::new(address, field, bytes, Merge::NewerWins)))
    }
}

/// What a key is that its own type refuses.
fn key_error(
    view: &'static ViewDefinition,
    row: usize,
    error: RowError,
) -> Result<RefusedRow, StoreError> {
    let RowError::Value { error, .. } = error else {
        return Err(StoreError::internal(format!(
            "the key of the row at index {row} of view `{}`: {error}",
            view.name()
        )));
    };
    let column = match view.join_keys() {
        [key] => key.name(),
        _ => "join key",
    };
    Ok(RefusedRow::new(row, column, error.into()))
}
