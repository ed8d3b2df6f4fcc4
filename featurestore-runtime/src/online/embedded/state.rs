//! Changing states of window views: one transaction per call, in which each is compared first.

use redb::{AccessGuard, ReadableTable, StorageError};

use super::super::{OnlineError, StateWrite};
use super::file::File;
use super::key::Key;
use super::project::successor;
use super::snapshot::TABLE;

pub(super) fn write(file: &File, states: &[StateWrite]) -> Result<Vec<bool>, OnlineError> {
    file.write(|transaction| {
        let mut table = transaction
            .open_table(TABLE)
            .map_err(|error| file.path().table_failure(error))?;
        let failed = |error: StorageError| file.path().storage_failure(error);
        let mut key = Key::default();
        let mut written = Vec::with_capacity(states.len());
        for state in states {
            key.start(state.address.as_bytes());
            let own = key.with_field(&state.field).to_vec();
            let stored = table.get(&own[..]).map_err(failed)?;
            let is_written = state.is_written(stored.as_ref().map(AccessGuard::value));
            drop(stored);
            written.push(is_written);
            if !is_written {
                continue;
            }
            // The state's fields stand side by side, perhaps with those of other views among them.
            let end = successor(&[&own[..], b"/"].concat());
            let mut gone: Vec<Vec<u8>> = Vec::new();
            for entry in table.range(&own[..]..&end[..]).map_err(failed)? {
                let (stored, _) = entry.map_err(failed)?;
                let (_, field) = Key::parts(stored.value());
                if std::str::from_utf8(field).is_ok_and(|field| state.removes(field)) {
                    gone.push(stored.value().to_vec());
                }
            }
            for gone in gone {
                table.remove(&gone[..]).map_err(failed)?;
            }
            for (field, bytes) in state.set() {
                table
                    .insert(key.with_field(field), &bytes[..])
                    .map_err(failed)?;
            }
        }
        Ok(written)
    })
}
