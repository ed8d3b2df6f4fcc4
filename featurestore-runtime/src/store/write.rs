//! Writing online rows from Rust values, and making sure their layouts are kept first.

use super::FeatureStore;
use crate::codec::{Header, RowError, encode_row};
use crate::error::Error;
use crate::key::EntityKey;
use crate::online::{Address, Merge, RowWrite, StoredLayout, Written};
use crate::view::{FeatureView, ViewDefinition};

impl FeatureStore {
    /// Writes rows to the online store, as a stream processor does with fresh ones. A row that is
    /// older than the stored one is left out; the answer says so, row by row.
    ///
    /// # Errors
    ///
    /// An online store that does not answer.
    pub async fn push<V: FeatureView>(&self, rows: &[V]) -> Result<Vec<Written>, Error> {
        let view = V::definition();
        self.keep_layout(view).await?;
        let writes = rows
            .iter()
            .map(|row| self.row_write(row))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(self.online().write(&writes).await?)
    }

    /// Keeps a view's declared layout in the online store, which must know it before it gets rows.
    pub(crate) async fn keep_layout(&self, view: &'static ViewDefinition) -> Result<(), Error> {
        let layout = view.layout();
        let stored = StoredLayout {
            field: view.field().to_owned(),
            id: layout.id(),
            text: layout.to_string(),
        };
        Ok(self.online().keep_layout(self.project(), &stored).await?)
    }

    fn row_write<V: FeatureView>(&self, row: &V) -> Result<RowWrite, Error> {
        let view = V::definition();
        let failure = |error| Error::row(error, view.name(), "a row to push");
        let key = row.key().map_err(failure)?;
        let address = Address::new(self.project(), &view.key_values(&key.to_parts())?);
        let header = Header {
            schema_id: view.layout().id(),
            event_timestamp: row.event_timestamp(),
            created_timestamp: row.created_timestamp(),
        };
        let mut bytes = Vec::new();
        encode_row(view.layout(), &header, &row.values(), &mut bytes).map_err(|error| {
            failure(RowError::Value {
                column: String::new(),
                error,
            })
        })?;
        Ok(RowWrite::new(
            address,
            view.field(),
            bytes,
            Merge::NewerWins,
        ))
    }
}
