//! Writing rows: one transaction per call, in which each row meets the stored one by its rule.

use bytes::Bytes;
use redb::ReadableTable;

use super::super::{Merge, OnlineError, RowWrite, Written};
use super::file::File;
use super::key::Key;
use super::snapshot::TABLE;

/// The rows of one call, with keys of their own, so that another thread can write them.
pub(super) struct Batch {
    keys: Vec<u8>,
    rows: Vec<Row>,
}

struct Row {
    /// Where the key ends among the keys; it starts where the one before ends.
    key_end: usize,
    bytes: Bytes,
    merge: Merge,
}

impl Batch {
    pub(super) fn new(rows: &[RowWrite]) -> Self {
        let length = |row: &RowWrite| row.address.as_bytes().len() + 1 + row.field.len();
        let mut batch = Self {
            keys: Vec::with_capacity(rows.iter().map(length).sum()),
            rows: Vec::with_capacity(rows.len()),
        };
        let mut key = Key::default();
        for row in rows {
            key.start(row.address.as_bytes());
            batch.keys.extend_from_slice(key.with_field(&row.field));
            batch.rows.push(Row {
                key_end: batch.keys.len(),
                bytes: row.row.clone(),
                merge: row.merge,
            });
        }
        batch
    }

    pub(super) fn write(&self, file: &File) -> Result<Vec<Written>, OnlineError> {
        file.write(|transaction| {
            let mut table = transaction
                .open_table(TABLE)
                .map_err(|error| file.path().table_failure(error))?;
            let mut written = Vec::with_capacity(self.rows.len());
            let mut start = 0;
            for row in &self.rows {
                let key = &self.keys[start..row.key_end];
                start = row.key_end;
                let stored = table
                    .get(key)
                    .map_err(|error| file.path().storage_failure(error))?;
                if stored.is_some_and(|stored| row.merge.keeps(stored.value(), &row.bytes)) {
                    written.push(Written::Older);
                    continue;
                }
                table
                    .insert(key, &row.bytes[..])
                    .map_err(|error| file.path().storage_failure(error))?;
                written.push(Written::Stored);
            }
            Ok(written)
        })
    }
}
